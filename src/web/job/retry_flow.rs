//! The page that asks before the failed jobs of a flow are retried, and the one that says what became of each.

use std::borrow::Cow;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
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
use crate::web::request::session::SignedInUser;

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
    /// Whether it was done.
    done: bool,
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

/// Does it.
pub(crate) async fn retry(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(form): Form<RetryForm>,
) -> Result<Page<RetryFlowPage>, PageError> {
    let (queue, id) = form.at.job(&app)?;
    let of_queue = |stop| PageError::from(stop).about(&queue);
    if let Err(faults) = form.form.parse(&[]) {
        let flow = app.services.flow_to_retry(&operator, &queue, &id).await;
        let flow = flow.map_err(of_queue)?;
        let frame = app.frame(&operator, "");
        let page = RetryFlowPage {
            fault: format!("{} Nothing was changed.", faults.text),
            form: form.form.fields(&[], &[], HINT),
            ..RetryFlowPage::new(&app, frame, &queue, &id, &flow)
        };
        return Ok(Page::with(StatusCode::UNPROCESSABLE_ENTITY, page));
    }
    let services = &app.services;
    let flow = services
        .retry_flow(&operator, &queue, &id, &form.form.reason)
        .await;
    let flow = flow.map_err(of_queue)?;
    let frame = app.frame(&operator, "");
    Ok(Page::ok(RetryFlowPage {
        done: true,
        ..RetryFlowPage::new(&app, frame, &queue, &id, &flow)
    }))
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
            done: false,
            fault: String::new(),
            form: OperationForm::default().fields(&[], &[], HINT),
            is_part: flow.is_part,
            retried: retried.into_iter().map(view).collect(),
            skipped: skipped.into_iter().map(view).collect(),
        }
    }
}
