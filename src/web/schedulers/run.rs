//! Running a scheduler now: the page that asks before, and the form.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::row::SchedulerRow;
use super::{SchedulerAt, SeenSchedulerAt, list_href};
use crate::domain::access::Operator;
use crate::domain::audit::reason::LONGEST_REASON;
use crate::domain::schedulers::scheduler_ref::SchedulerRef;
use crate::service::schedulers::run::RunOutcome;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::{Frame, Page};
use crate::web::request::address::{Form, Query};
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;

/// The page that asks before a scheduler is run now.
#[derive(Template)]
#[template(path = "schedulers/run.html")]
pub(crate) struct RunView {
    frame: Frame,
    row: SchedulerRow,
    prefix: String,
    schedulers_href: String,
    action: String,
    revision: String,
    paused: bool,
    reason: String,
    /// What is wrong with the reason; empty for nothing.
    problem: String,
    /// Why no job was added; empty if that was not tried.
    refused: String,
    needs_reason: bool,
    longest_reason: usize,
}

pub(crate) async fn confirm(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<SchedulerAt>,
) -> Result<Page<RunView>, PageError> {
    let (queue, id) = at.scheduler(&app)?;
    let target = SchedulerRef { queue, id };
    Ok(Page::ok(view(&app, &operator, &target).await?))
}

async fn view(app: &App, operator: &Operator, target: &SchedulerRef) -> Result<RunView, PageError> {
    let found = app.services.scheduler_to_run(operator, target).await?;
    let links = app.links();
    let snapshot = app.services.overview().now();
    let queue = snapshot.queue(&target.queue);
    Ok(RunView {
        frame: app.frame(operator, ""),
        row: SchedulerRow::new(app, &found.scheduler, None),
        prefix: links.prefix(target.queue.prefix()).to_owned(),
        schedulers_href: list_href(links, &target.queue, &[]),
        action: links.to("/scheduler/run", &[]),
        revision: found.revision,
        paused: queue.is_some_and(|queue| queue.figures.paused),
        reason: String::new(),
        problem: String::new(),
        refused: String::new(),
        needs_reason: app.services.rules().require_reason,
        longest_reason: LONGEST_REASON,
    })
}

pub(crate) async fn run(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Form(at): Form<SeenSchedulerAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.scheduler.scheduler(&app)?;
    let target = SchedulerRef { queue, id };
    let services = &app.services;
    let ran = services.run_scheduler(&operator, &target, &at.revision, &at.reason);
    let ran = match ran.await {
        Ok(ran) => ran,
        Err(stop) => {
            let (app, operator, target) = (&app, &operator, &target);
            let page = |status, (_, text)| async move {
                let page = RunView {
                    refused: text,
                    reason: at.reason,
                    ..view(app, operator, target).await?
                };
                Ok(Page::with(status, page).into_response())
            };
            return PageError::from(stop).on_page(page).await;
        }
    };
    let refused = match ran {
        RunOutcome::Added(job) => {
            let address = app.links().job(&target.queue, &job);
            notices.leave(&address, "job.add", "").await;
            return Ok(Redirect::to(&address).into_response());
        }
        RunOutcome::BadReason(problem) => {
            let asked_again = RunView {
                problem: format!("No job was added. {problem}"),
                reason: at.reason,
                ..view(&app, &operator, &target).await?
            };
            return Ok(Page::with(StatusCode::UNPROCESSABLE_ENTITY, asked_again).into_response());
        }
        RunOutcome::Unknown => return Err(PageError::unknown()),
        RunOutcome::Conflict(words) => words,
        RunOutcome::Stale => {
            "Someone changed the scheduler after you opened this page. It is shown as it is now."
                .to_owned()
        }
    };
    let asked_again = RunView {
        refused,
        reason: at.reason,
        ..view(&app, &operator, &target).await?
    };
    Ok(Page::with(StatusCode::CONFLICT, asked_again).into_response())
}
