//! One handler for every operation on a job: the page that asks before, where one may do harm, and the form that does it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::status::AtView;
use crate::domain::access::Operator;
use crate::domain::audit::reason::{LONGEST_REASON, Need, Reason};
use crate::domain::job::JobId;
use crate::domain::operations::{Harm, Operation, OperationSpec};
use crate::domain::queue::QueueId;
use crate::service::jobs::operate::OperationOutcome;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::{Frame, Page};
use crate::web::request::address::{Form, JobAt, Query};
use crate::web::request::session::SignedInUser;

/// The page that asks whether to do it.
#[derive(Template)]
#[template(path = "job/operate.html")]
pub(crate) struct ConfirmPage {
    frame: Frame,
    spec: &'static OperationSpec,
    /// What it does.
    consequences: &'static str,
    at: AtView,
    queue_href: String,
    job_href: String,
    /// Where the form is sent.
    action: String,
    longest_reason: usize,
    /// The reason as it was typed.
    reason: String,
    /// Why it was not done; empty where it was not tried.
    wrong: String,
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
    Ok(Page::ok(ConfirmPage::new(
        &app, &operator, operation, &queue, &id,
    )))
}

impl ConfirmPage {
    fn new(
        app: &App,
        operator: &Operator,
        operation: Operation,
        queue: &QueueId,
        id: &JobId,
    ) -> Self {
        let (links, spec) = (app.links(), operation.spec());
        Self {
            frame: app.frame(operator, ""),
            spec,
            consequences: match spec.harm {
                Harm::Confirm(consequences) => consequences,
                Harm::None => "",
            },
            at: AtView::new(app, queue, id),
            queue_href: links.queue(queue, &[]),
            job_href: links.job(queue, id),
            action: links.to(spec.path, &[]),
            longest_reason: LONGEST_REASON,
            reason: String::new(),
            wrong: String::new(),
        }
    }
}

/// What the form sends.
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
    let services = &app.services;
    let again = |status: StatusCode, wrong: String| {
        let page = ConfirmPage {
            reason: form.reason.clone(),
            wrong,
            ..ConfirmPage::new(&app, &operator, operation, &queue, &id)
        };
        Page::with(status, page).into_response()
    };
    let reason = match Reason::parse(&form.reason, Need::Optional) {
        Ok(reason) => reason,
        Err(bad) => {
            services
                .check_may_operate(&operator, operation, &queue, &id)
                .await?;
            let wrong = format!("{bad} Nothing was changed.");
            return Ok(again(StatusCode::UNPROCESSABLE_ENTITY, wrong));
        }
    };
    let outcome = services
        .operate(&operator, operation, &queue, &id, reason.as_str())
        .await;
    let answered = match outcome {
        Ok(outcome) => answer(&app, operation.spec(), (&queue, &id), outcome),
        Err(stop) => Err(stop.into()),
    };
    match answered {
        // The reason that was typed is still in the form.
        Err(error) if keeps_reason(error.status()) && !reason.as_str().is_empty() => {
            let (title, text) = error.told();
            let mut response = again(error.status(), format!("{title}. {text}"));
            error.add_headers(&mut response);
            Ok(response)
        }
        answered => answered,
    }
}

/// Whether an answer of this status may name the job, and the form can be sent again.
fn keeps_reason(status: StatusCode) -> bool {
    !matches!(
        status,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND
    )
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
        OperationOutcome::Gone => {
            Err(PageError::not_found("There is no such job any more.").about(queue))
        }
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

/// What a page is told by the address it was sent to.
#[derive(Debug, Deserialize)]
pub(crate) struct DoneAt {
    #[serde(default)]
    pub(crate) done: String,
}

/// What a page says of an operation that was just done; the address only names it, so nothing else can be put there.
pub(crate) fn notice(done: &str) -> Option<&'static str> {
    Operation::by_id(done).map(|operation| operation.spec().done)
}
