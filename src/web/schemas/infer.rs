//! The page of a schema that is learned from a queue's completed jobs, and its download. Nothing is put in force.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::jobs_tried::JobsTriedView;
use crate::domain::queue::QueueId;
use crate::service::schemas::infer::{
    FEW_SAMPLES, FEWEST_SAMPLES, InferRequest, Inferred, LARGEST_SAMPLE, USUAL_SAMPLES,
};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::{bytes, thousands};
use crate::web::html::frame::{Frame, Page};
use crate::web::html::json_colors::{Piece, pieces};
use crate::web::html::links::Links;
use crate::web::html::parts::Choice;
use crate::web::html::queue_crumbs::QueueCrumbs;
use crate::web::request::address::{Query, QueueAt};
use crate::web::request::session::SignedInUser;

/// The page's address.
pub(crate) const PATH: &str = "/queue/schema/infer";

/// The download's address.
pub(crate) const DOWNLOAD: &str = "/queue/schema/infer/download";

/// How many names can be chosen from.
const MOST_CHOICES: usize = 20;

/// Which schema an address asks for.
#[derive(Debug, Deserialize)]
pub(crate) struct InferAt {
    /// The jobs that count; empty for all.
    #[serde(default)]
    job_name: String,
    #[serde(default)]
    samples: Option<u64>,
    /// `1` for the smallest and largest numbers and sizes.
    #[serde(default)]
    ranges: String,
}

impl InferAt {
    fn request(&self, queue: QueueId) -> InferRequest {
        InferRequest {
            queue,
            name: (!self.job_name.is_empty()).then(|| self.job_name.clone()),
            samples: self.samples.unwrap_or(USUAL_SAMPLES),
            ranges: self.ranges == "1",
        }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "schemas/infer.html")]
pub(crate) struct InferPage {
    frame: Frame,
    to_queue: QueueCrumbs,
    queue: String,
    /// The name of the jobs that count; empty for all.
    name: String,
    names: Vec<Choice>,
    ranges: Vec<Choice>,
    /// The draft; empty if there were too few jobs.
    schema: Vec<Piece>,
    size: String,
    /// Where it belongs in the folder of schemas.
    file: String,
    download_href: String,
    /// How many jobs it rests on, and how many completed jobs there are and were looked at.
    jobs: String,
    completed: String,
    looked_at: String,
    is_sampled: bool,
    /// Whether it rests on so few jobs that it says little.
    is_few: bool,
    fewest: u64,
    /// What was left out, and why.
    left_out: Vec<String>,
    tried: JobsTriedView,
}

/// The address of the page for the jobs of this name, or of all if it is empty.
pub(crate) fn infer_href(links: Links<'_>, queue: &QueueId, job_name: &str) -> String {
    address(links, PATH, queue, job_name, false)
}

fn address(links: Links<'_>, path: &str, queue: &QueueId, job_name: &str, ranges: bool) -> String {
    let named = [
        ("name", queue.name()),
        ("prefix", links.prefix(queue.prefix())),
        ("job_name", job_name),
        ("ranges", if ranges { "1" } else { "" }),
    ];
    let given = named.into_iter().filter(|(_, value)| !value.is_empty());
    links.to(path, &given.collect::<Vec<_>>())
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<QueueAt>,
    Query(asked): Query<InferAt>,
) -> Result<Page<InferPage>, PageError> {
    let request = asked.request(at.queue(&app)?);
    let inferred = app.services.infer_schema(&operator, &request).await?;
    let frame = app.frame(&operator, "");
    Ok(Page::ok(view(&app, frame, &request, inferred)))
}

/// The draft as a file.
pub(crate) async fn download(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<QueueAt>,
    Query(asked): Query<InferAt>,
) -> Result<Response, PageError> {
    let request = asked.request(at.queue(&app)?);
    let inferred = app.services.infer_schema(&operator, &request).await?;
    let Some(schema) = inferred.schema else {
        return Err(PageError::not_found(format!(
            "There are too few completed jobs to learn a schema from: {} of at least {FEWEST_SAMPLES}.",
            inferred.jobs
        )));
    };
    let name = inferred.file.rsplit('/').next().unwrap_or_default();
    let mut response = schema.into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("application/schema+json");
    headers.insert(header::CONTENT_TYPE, kind);
    let encoded = utf8_percent_encode(name, NON_ALPHANUMERIC);
    let name = format!("attachment; filename=\"schema.json\"; filename*=UTF-8''{encoded}");
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

fn view(app: &App, frame: Frame, request: &InferRequest, inferred: Inferred) -> InferPage {
    let (links, queue) = (app.links(), &request.queue);
    let name = request.name.as_deref().unwrap_or_default();
    let href = |name: &str, ranges| address(links, PATH, queue, name, ranges);
    let text = inferred.schema.unwrap_or_default();
    let mut names = vec![Choice {
        word: "all".to_owned(),
        href: href("", request.ranges),
        current: name.is_empty(),
    }];
    let others = inferred.names.iter().take(MOST_CHOICES);
    names.extend(others.map(|(one, jobs)| Choice {
        word: format!("{one} ({})", thousands(*jobs)),
        href: href(one, request.ranges),
        current: one == name,
    }));
    let jobs = |count: u64| match count {
        1 => "1 job".to_owned(),
        count => format!("{} jobs", thousands(count)),
    };
    let left_out = [
        (
            inferred.not_json,
            "with data that is not JSON or too deeply nested".to_owned(),
        ),
        (
            inferred.too_large,
            format!("with data over {}", bytes(LARGEST_SAMPLE)),
        ),
    ];
    InferPage {
        to_queue: QueueCrumbs::new(app, queue),
        queue: queue.name().to_owned(),
        name: name.to_owned(),
        names,
        ranges: [("without", false), ("with", true)]
            .map(|(word, ranges)| Choice {
                word: word.to_owned(),
                href: href(name, ranges),
                current: ranges == request.ranges,
            })
            .into(),
        size: bytes(text.len() as u64),
        schema: if text.is_empty() {
            Vec::new()
        } else {
            pieces(text)
        },
        file: inferred.file,
        download_href: address(links, DOWNLOAD, queue, name, request.ranges),
        jobs: jobs(inferred.jobs),
        completed: thousands(inferred.completed),
        looked_at: thousands(inferred.looked_at),
        is_sampled: inferred.looked_at < inferred.completed,
        is_few: inferred.jobs < FEW_SAMPLES,
        fewest: FEWEST_SAMPLES,
        left_out: left_out
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, why)| format!("{} {why}", jobs(count)))
            .collect(),
        tried: JobsTriedView::new(app, queue, inferred.check),
        frame,
    }
}
