//! Removing a scheduler: the page that asks before, and the form.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::asked::AskedScheduler;
use super::{SchedulerAt, SeenSchedulerAt, list_href, of_scheduler};
use crate::domain::access::Operator;
use crate::domain::schedulers::scheduler_ref::SchedulerRef;
use crate::service::schedulers::remove::RemoveOutcome;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::{Frame, Page};
use crate::web::request::address::{Form, Query};
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;

/// The page that asks before a scheduler is removed.
#[derive(Template)]
#[template(path = "schedulers/remove.html")]
pub(crate) struct RemoveView {
    frame: Frame,
    asked: AskedScheduler,
    /// Why nothing was removed; empty if that was not tried.
    refused: &'static str,
}

pub(crate) async fn confirm(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<SchedulerAt>,
) -> Result<Page<RemoveView>, PageError> {
    let (queue, id) = at.scheduler(&app)?;
    let target = SchedulerRef { queue, id };
    Ok(Page::ok(view(&app, &operator, &target).await?))
}

async fn view(
    app: &App,
    operator: &Operator,
    target: &SchedulerRef,
) -> Result<RemoveView, PageError> {
    let found = app.services.scheduler_to_remove(operator, target).await?;
    let (scheduler, revision) = found;
    Ok(RemoveView {
        frame: app.frame(operator, ""),
        asked: AskedScheduler::new(app, &scheduler, revision, "/scheduler/remove"),
        refused: "",
    })
}

pub(crate) async fn remove(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Form(at): Form<SeenSchedulerAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.scheduler.scheduler(&app)?;
    let target = SchedulerRef { queue, id };
    let removed = app
        .services
        .remove_scheduler(&operator, &target, &at.revision, &at.reason)
        .await;
    let removed = match removed {
        Ok(removed) => removed,
        Err(stop) => {
            let (app, operator, target) = (&app, &operator, &target);
            let page = |status, (_, text)| async move {
                let mut page = view(app, operator, target).await?;
                (page.asked.reason, page.asked.problem) = (at.reason, text);
                Ok(Page::with(status, page).into_response())
            };
            return PageError::from(stop).on_page(page).await;
        }
    };
    let (status, problem, refused) = match removed {
        RemoveOutcome::Removed => {
            let address = list_href(app.links(), &target.queue, &[]);
            notices.leave(&address, DONE, target.id.as_str()).await;
            return Ok(Redirect::to(&address).into_response());
        }
        RemoveOutcome::Gone => {
            return Err(PageError::not_found(format!(
                "There is no scheduler {:?} in {:?}.",
                target.id.as_str(),
                target.queue.name()
            )));
        }
        RemoveOutcome::BadReason(problem) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("Nothing was removed. {problem}"),
            "",
        ),
        RemoveOutcome::JobChanged => (
            StatusCode::CONFLICT,
            String::new(),
            "Someone changed the data of its next job just now, so nothing was removed. Try again.",
        ),
        RemoveOutcome::Stale => (
            StatusCode::CONFLICT,
            String::new(),
            "Someone changed the scheduler after you opened this page, so nothing was removed. It is shown as it is now.",
        ),
    };
    let mut page = view(&app, &operator, &target).await?;
    (page.asked.reason, page.asked.problem) = (at.reason, problem);
    page.refused = refused;
    Ok(Page::with(status, page).into_response())
}

/// The name of the notice that a scheduler was removed.
pub(super) const DONE: &str = "scheduler.remove";

/// The address of the page that asks.
pub(super) fn href(app: &App, target: &SchedulerRef) -> String {
    of_scheduler(
        app.links(),
        "/scheduler/remove",
        &target.queue,
        &target.id,
        &[],
    )
}
