//! Removing a scheduler: the page that asks before, and the form.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::row::SchedulerRow;
use super::{SchedulerAt, SeenSchedulerAt, list_href, of_scheduler};
use crate::domain::access::Operator;
use crate::domain::audit::reason::LONGEST_REASON;
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
    row: SchedulerRow,
    prefix: String,
    schedulers_href: String,
    action: String,
    revision: String,
    reason: String,
    /// What is wrong with the reason; empty for nothing.
    problem: String,
    /// Why nothing was removed; empty if that was not tried.
    refused: &'static str,
    needs_reason: bool,
    longest_reason: usize,
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
    let links = app.links();
    Ok(RemoveView {
        frame: app.frame(operator, ""),
        row: SchedulerRow::new(app, &scheduler, None),
        prefix: links.prefix(target.queue.prefix()).to_owned(),
        schedulers_href: list_href(links, &target.queue, &[]),
        action: links.to("/scheduler/remove", &[]),
        revision,
        reason: String::new(),
        problem: String::new(),
        refused: "",
        needs_reason: app.services.rules().require_reason,
        longest_reason: LONGEST_REASON,
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
                let page = RemoveView {
                    problem: text,
                    reason: at.reason,
                    ..view(app, operator, target).await?
                };
                Ok(Page::with(status, page).into_response())
            };
            return PageError::from(stop).on_page(page).await;
        }
    };
    match removed {
        RemoveOutcome::Removed => {
            let address = list_href(app.links(), &target.queue, &[]);
            notices.leave(&address, DONE, target.id.as_str()).await;
            Ok(Redirect::to(&address).into_response())
        }
        RemoveOutcome::Gone => Err(PageError::not_found(format!(
            "There is no scheduler {:?} in {:?}.",
            target.id.as_str(),
            target.queue.name()
        ))),
        RemoveOutcome::BadReason(problem) => {
            let asked_again = RemoveView {
                problem: format!("Nothing was removed. {problem}"),
                reason: at.reason,
                ..view(&app, &operator, &target).await?
            };
            Ok(Page::with(StatusCode::UNPROCESSABLE_ENTITY, asked_again).into_response())
        }
        RemoveOutcome::JobChanged => {
            let asked_again = RemoveView {
                refused: "Someone changed the data of its next job just now, so nothing was removed. Try again.",
                reason: at.reason,
                ..view(&app, &operator, &target).await?
            };
            Ok(Page::with(StatusCode::CONFLICT, asked_again).into_response())
        }
        RemoveOutcome::Stale => {
            let asked_again = RemoveView {
                refused: "Someone changed the scheduler after you opened this page, so nothing was removed. It is shown as it is \
                          now.",
                reason: at.reason,
                ..view(&app, &operator, &target).await?
            };
            Ok(Page::with(StatusCode::CONFLICT, asked_again).into_response())
        }
    }
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
