//! The page of a job's log: its lines from either end, filtered by a text, followed while they come, and all as a download.

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde::Deserialize;

use super::texts::{LineView, log_view};
use crate::domain::job::JobId;
use crate::domain::job::log::{LogAsked, LogPart};
use crate::domain::queue::QueueId;
use crate::service::error::ServiceError;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::parts::AwayView;
use crate::web::html::parts::Choice;
use crate::web::request::address::{JobAt, Query};
use crate::web::request::client::is_fragment;
use crate::web::request::session::SignedInUser;

/// The order of the newest line first, as addresses name it; the other one has no name.
pub(crate) const NEWEST: &str = "newest";

/// Which lines an address asks for.
#[derive(Debug, Deserialize)]
pub(crate) struct LogAt {
    #[serde(default)]
    from: Option<u64>,
    /// How many lines there were, for a part of the job's page.
    #[serde(default)]
    total: u64,
    #[serde(default)]
    order: String,
    #[serde(default)]
    text: String,
}

/// The page.
#[derive(Template)]
#[template(path = "job/log.html")]
pub(crate) struct LogPageView {
    frame: Frame,
    queue: String,
    prefix: String,
    id: String,
    queue_href: String,
    job_href: String,
    /// The address of the log without a filter.
    log_href: String,
    download_href: String,
    lines: Vec<LineView>,
    total: String,
    looked_at: String,
    is_unreadable: bool,
    /// Whether new lines are added while the page is open.
    follows: bool,
    order: String,
    orders: Vec<Choice>,
    text: String,
    /// The addresses of the first and the next page; empty where that is this one, or there is none.
    first: String,
    next: String,
    away: AwayView,
    events: String,
    /// The address of this page.
    href: String,
}

/// The page, or as a part of the job's page the next lines.
pub(crate) async fn log(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    headers: HeaderMap,
    Query(at): Query<JobAt>,
    Query(range): Query<LogAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.job(&app)?;
    let services = &app.services;
    if is_fragment(&headers) && range.total > 0 {
        let from = range.from.unwrap_or(0);
        let lines = services.job_log(&operator, &queue, &id, from).await?;
        let view = log_view(&app, &queue, &id, lines, from, range.total);
        return Ok(Page::ok(view).into_response());
    }
    let asked = range.asked()?;
    let part = services.log_page(&operator, &queue, &id, &asked).await?;
    let frame = app.frame(&operator, "");
    Ok(Page::ok(view(&app, frame, (&queue, &id), &asked, part)).into_response())
}

/// The whole log as text, sent while it is read.
pub(crate) async fn download(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<JobAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.job(&app)?;
    let services = &app.services;
    let download = services.begin_log_download(&operator, &queue, &id).await?;
    let services = std::sync::Arc::clone(services);
    let parts = stream::try_unfold((services, download), async |(services, mut download)| {
        let part = services.log_download_part(&mut download).await?;
        Ok::<_, ServiceError>(part.map(|part| (part, (services, download))))
    });
    let mut response = Body::from_stream(parts).into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    let plain = id.as_str().chars().filter(char::is_ascii_alphanumeric);
    let plain: String = plain.take(60).collect();
    let name = format!("attachment; filename=\"job-{plain}-log.txt\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

impl LogAt {
    fn asked(&self) -> Result<LogAsked, PageError> {
        if !["", NEWEST].contains(&self.order.as_str()) {
            return Err(PageError::bad(format!(
                "A log can be read from the oldest line or with the order newest, not {:?}.",
                self.order
            )));
        }
        Ok(LogAsked {
            newest_first: self.order == NEWEST,
            from: self.from,
            text: self.text.trim().to_owned(),
        })
    }
}

fn view(
    app: &App,
    frame: Frame,
    (queue, id): (&QueueId, &JobId),
    asked: &LogAsked,
    part: LogPart,
) -> LogPageView {
    let links = app.links();
    let order = if asked.newest_first { NEWEST } else { "" };
    let href = |order: &str, from: Option<u64>| {
        let from = from.map_or_else(String::new, |from| from.to_string());
        let query = [
            ("order", order),
            ("text", asked.text.as_str()),
            ("from", &from),
        ];
        links.of_job("/job/log", queue, id, &query)
    };
    // New lines are added only where the page shows the newest end of the log.
    let follows = match asked.newest_first {
        true => asked.from.is_none_or(|from| from >= part.total),
        false => part.next.is_none(),
    };
    let lines = match follows {
        true => part.total.to_string(),
        false => String::new(),
    };
    let events = [
        ("stands", "-"),
        ("texts", "-"),
        ("lines", lines.as_str()),
        ("log", if asked.newest_first { NEWEST } else { "oldest" }),
        ("filter", asked.text.as_str()),
    ];
    LogPageView {
        frame,
        queue: queue.name().to_owned(),
        prefix: links.prefix(queue.prefix()).to_owned(),
        id: id.as_str().to_owned(),
        queue_href: links.queue(queue, &[]),
        job_href: links.job(queue, id),
        log_href: links.of_job("/job/log", queue, id, &[("order", order)]),
        download_href: links.of_job("/job/log/download", queue, id, &[]),
        total: thousands(part.total),
        looked_at: thousands(part.looked_at),
        is_unreadable: part.is_unreadable,
        follows,
        order: order.to_owned(),
        orders: [("", "oldest first"), (NEWEST, "newest first")]
            .map(|(name, word)| Choice {
                word: word.to_owned(),
                href: href(name, None),
                current: name == order,
            })
            .into(),
        text: asked.text.clone(),
        first: asked.from.map_or_else(String::new, |_| href(order, None)),
        next: part
            .next
            .map_or_else(String::new, |next| href(order, Some(next))),
        away: AwayView::new(app, &app.services.overview().now()),
        events: links.of_job("/events/job", queue, id, &events),
        href: href(order, asked.from),
        lines: part
            .lines
            .iter()
            .map(|(place, line)| LineView::new(app, queue, id, place + 1, line))
            .collect(),
    }
}
