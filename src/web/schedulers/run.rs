//! Running a scheduler now: the page that asks before, and the form.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::asked::AskedScheduler;
use super::{SchedulerAt, SeenSchedulerAt};
use crate::domain::access::Operator;
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
    asked: AskedScheduler,
    paused: bool,
    /// Why no job was added; empty if that was not tried.
    refused: String,
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
    let snapshot = app.services.overview().now();
    let queue = snapshot.queue(&target.queue);
    let (scheduler, revision) = (&found.scheduler, found.revision);
    Ok(RunView {
        frame: app.frame(operator, ""),
        asked: AskedScheduler::new(app, scheduler, revision, "/scheduler/run"),
        paused: queue.is_some_and(|queue| queue.figures.paused),
        refused: String::new(),
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
                let mut page = view(app, operator, target).await?;
                (page.asked.reason, page.refused) = (at.reason, text);
                Ok(Page::with(status, page).into_response())
            };
            return PageError::from(stop).on_page(page).await;
        }
    };
    let (status, problem, refused) = match ran {
        RunOutcome::Added(job) => {
            let address = app.links().job(&target.queue, &job);
            notices.leave(&address, "job.add", "").await;
            return Ok(Redirect::to(&address).into_response());
        }
        RunOutcome::BadReason(problem) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("No job was added. {problem}"),
            String::new(),
        ),
        RunOutcome::Unknown => return Err(PageError::unknown()),
        RunOutcome::Conflict(words) => (StatusCode::CONFLICT, String::new(), words),
        RunOutcome::Stale => {
            let words = "Someone changed the scheduler after you opened this page. It is shown as it is now.";
            (StatusCode::CONFLICT, String::new(), words.to_owned())
        }
    };
    let mut page = view(&app, &operator, &target).await?;
    (page.asked.reason, page.asked.problem) = (at.reason, problem);
    page.refused = refused;
    Ok(Page::with(status, page).into_response())
}
