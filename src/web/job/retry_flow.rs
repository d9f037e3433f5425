//! The page that asks before the failed jobs of a flow are retried, and the form that does it.

use std::borrow::Cow;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::status::AtView;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::service::jobs::retry_flow::{FailedJob, FlowRetry};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::queue_crumbs::QueueCrumbs;
use crate::web::request::address::{Form, JobAt, Query};
use crate::web::request::forms::operation::{OperationFields, OperationForm};
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;
use crate::web::request::told::{leave, left_words};

/// The address of both.
pub(crate) const PATH: &str = "/job/flow/retry";

/// What becomes of the reason.
const HINT: &str = "Recorded in the audit log.";

/// The page.
#[derive(Template)]
#[template(path = "job/retry_flow.html")]
pub(crate) struct RetryFlowPage {
    frame: Frame,
    at: AtView,
    to_queue: QueueCrumbs,
    job_href: String,
    flow_href: String,
    action: String,
    /// What is wrong with the reason; empty for nothing.
    fault: String,
    form: OperationFields,
    is_part: bool,
    retried: Vec<JobView>,
    skipped: Vec<JobView>,
}

struct JobView {
    id: String,
    href: String,
    queue: String,
    name: String,
    why: Cow<'static, str>,
}

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(crate) struct RetryForm {
    #[serde(flatten)]
    at: JobAt,
    #[serde(flatten)]
    form: OperationForm,
}

/// What would be done.
pub(crate) async fn confirm(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<JobAt>,
) -> Result<Page<RetryFlowPage>, PageError> {
    let (queue, id) = at.job(&app)?;
    let flow = app.services.flow_to_retry(&operator, &queue, &id).await;
    let flow = flow.map_err(|stop| PageError::from(stop).about(&queue))?;
    let frame = app.frame(&operator, "");
    Ok(Page::ok(RetryFlowPage::new(
        &app, frame, &queue, &id, &flow,
    )))
}

/// Does it, and leads to the flow, which says what became of its jobs.
pub(crate) async fn retry(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Form(form): Form<RetryForm>,
) -> Result<Response, PageError> {
    let (queue, id) = form.at.job(&app)?;
    let of_queue = |stop| PageError::from(stop).about(&queue);
    let services = &app.services;
    if let Err(faults) = form.form.parse(&[]) {
        let flow = services.flow_to_retry(&operator, &queue, &id).await;
        let flow = flow.map_err(of_queue)?;
        let frame = app.frame(&operator, "");
        let page = RetryFlowPage {
            fault: format!("{} Nothing was changed.", faults.text),
            form: form.form.fields(&[], &[], HINT),
            ..RetryFlowPage::new(&app, frame, &queue, &id, &flow)
        };
        return Ok(Page::with(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let flow = services
        .retry_flow(&operator, &queue, &id, &form.form.reason)
        .await;
    let flow = match flow {
        Ok(flow) => flow,
        Err(stop) => {
            let (app, operator, queue, id) = (&app, &operator, &queue, &id);
            let page = |status, (_, text): (_, String)| async move {
                let flow = app.services.flow_to_retry(operator, queue, id).await?;
                let frame = app.frame(operator, "");
                let page = RetryFlowPage {
                    fault: text,
                    form: form.form.fields(&[], &[], HINT),
                    ..RetryFlowPage::new(app, frame, queue, id, &flow)
                };
                Ok(Page::with(status, page).into_response())
            };
            return PageError::from(stop).about(queue).on_page(page).await;
        }
    };
    let address = app.links().of_job("/job/flow", &queue, &id, &[]);
    let is_whole = flow.jobs.iter().all(|job| job.skipped.is_none());
    leave(&notices, &address, &became(&flow), is_whole).await;
    Ok(Redirect::to(&address).into_response())
}

/// What became of the jobs, in words.
fn became(flow: &FlowRetry) -> String {
    let skipped: Vec<(&str, &str)> = flow
        .jobs
        .iter()
        .filter_map(|job| Some((job.relative.id.as_str(), job.skipped.as_deref()?)))
        .collect();
    let retried = flow.jobs.len() - skipped.len();
    let mut words = format!("Retried: {retried}.");
    if !skipped.is_empty() {
        let count = skipped.len();
        let left = left_words(skipped.into_iter());
        words += &format!(" Skipped or unknown: {count}: {left}.");
    }
    if flow.is_part {
        words += " Jobs that this page does not show were not retried.";
    }
    words
}

impl RetryFlowPage {
    fn new(app: &App, frame: Frame, queue: &QueueId, id: &JobId, flow: &FlowRetry) -> Self {
        let links = app.links();
        let (skipped, retried): (Vec<&FailedJob>, Vec<&FailedJob>) =
            flow.jobs.iter().partition(|job| job.skipped.is_some());
        let view = |job: &FailedJob| JobView {
            id: job.relative.id.clone(),
            href: links.relative(&job.relative),
            queue: job.relative.queue.clone(),
            name: job.name.clone(),
            why: job.skipped.clone().unwrap_or_default(),
        };
        Self {
            frame,
            at: AtView::new(app, queue, id),
            to_queue: QueueCrumbs::new(app, queue),
            job_href: links.job(queue, id),
            flow_href: links.of_job("/job/flow", queue, id, &[]),
            action: links.to(PATH, &[]),
            fault: String::new(),
            form: OperationForm::default().fields(&[], &[], HINT),
            is_part: flow.is_part,
            retried: retried.into_iter().map(view).collect(),
            skipped: skipped.into_iter().map(view).collect(),
        }
    }
}
