//! One handler for all operations on a job: the confirmation page of those that can do harm, and the form that does it.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::status::AtView;
use crate::domain::job::JobId;
use crate::domain::operations::{Harm, Operation, OperationSpec};
use crate::domain::queue::QueueId;
use crate::service::edit::assess::LONGEST_REASON;
use crate::service::jobs::operate::OperationOutcome;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::{Frame, Page};
use crate::web::request::address::{Form, JobAt, Query};
use crate::web::request::session::SignedInUser;

/// The confirmation page of an operation.
#[derive(Template)]
#[template(path = "job/operate.html")]
pub(crate) struct ConfirmPage {
    frame: Frame,
    spec: &'static OperationSpec,
    /// What the operation will do.
    consequences: &'static str,
    at: AtView,
    queue_href: String,
    job_href: String,
    /// The address that the form is sent to.
    action: String,
    longest_reason: usize,
}

pub(crate) async fn confirm(
    operation: Operation,
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<JobAt>,
) -> Result<Page<ConfirmPage>, PageError> {
    let (queue, id) = at.job(&app)?;
    app.services
        .check_may_operate(&operator, operation, &queue, &id)
        .await?;
    let (links, spec) = (app.links(), operation.spec());
    Ok(Page::ok(ConfirmPage {
        frame: app.frame(&operator, ""),
        spec,
        consequences: match spec.harm {
            Harm::Confirm(consequences) => consequences,
            Harm::None => "",
        },
        at: AtView::new(&app, &queue, &id),
        queue_href: links.queue(&queue, &[]),
        job_href: links.job(&queue, &id),
        action: links.to(spec.path, &[]),
        longest_reason: LONGEST_REASON,
    }))
}

/// The fields of the form.
#[derive(Debug, Deserialize)]
pub(crate) struct OperateForm {
    #[serde(flatten)]
    at: JobAt,
    #[serde(default)]
    reason: String,
}

pub(crate) async fn operate(
    operation: Operation,
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(form): Form<OperateForm>,
) -> Result<Response, PageError> {
    let (queue, id) = form.at.job(&app)?;
    let length = form.reason.chars().count();
    if length > LONGEST_REASON {
        return Err(PageError::bad(format!(
            "The reason has {length} characters, and {LONGEST_REASON} are allowed."
        )));
    }
    let outcome = app
        .services
        .operate(&operator, operation, &queue, &id, &form.reason)
        .await?;
    answer(&app, operation.spec(), (&queue, &id), outcome)
}

fn answer(
    app: &App,
    spec: &OperationSpec,
    (queue, id): (&QueueId, &JobId),
    outcome: OperationOutcome,
) -> Result<Response, PageError> {
    let done = [("done", spec.id)];
    match outcome {
        OperationOutcome::Done => {
            let address = match spec.removes {
                true => app.links().queue(queue, &done),
                false => app.links().of_job("/job", queue, id, &done),
            };
            Ok(Redirect::to(&address).into_response())
        }
        OperationOutcome::Gone => Err(PageError::not_found("There is no such job any more.")),
        OperationOutcome::WrongState(state) => Err(PageError::conflict(format!(
            "This job is {state}. {} works on a job that is {}.",
            spec.label,
            states(spec)
        ))),
        OperationOutcome::Locked => Err(PageError::conflict(
            "A worker holds this job's lock, so nothing was changed.",
        )),
        OperationOutcome::Scheduled => Err(PageError::conflict(
            "This is the next job of a scheduler, so nothing was changed. Change or remove the scheduler in the code that made it.",
        )),
        OperationOutcome::Changed => Err(PageError::conflict(
            "The job's data was changed meanwhile, so nothing was changed. Look at the job again.",
        )),
        OperationOutcome::Unknown => Err(PageError::unknown()),
    }
}

/// The states that an operation is for: `waiting, delayed or failed`.
fn states(spec: &OperationSpec) -> String {
    let names: Vec<&str> = spec.states.iter().map(|state| state.name()).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The operation that was just done, as the address names it.
#[derive(Debug, Deserialize)]
pub(crate) struct DoneAt {
    #[serde(default)]
    pub(crate) done: String,
}

/// The notice of an operation that was just done. The address only names it, so it can't put other text on the page.
pub(crate) fn notice(done: &str) -> Option<&'static str> {
    Operation::by_id(done).map(|operation| operation.spec().done)
}
