//! The page that creates a scheduler or changes one, and its form.
//!
//! Whatever keeps it from being saved, the answer is the page with all that was typed, and each fault at its field.

mod answer;
mod form;
mod page;

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::SchedulerAt;
use crate::domain::queue::QueueId;
use crate::domain::schedulers::scheduler_ref::SchedulerRef;
use crate::service::jobs::add::request::AddFaults;
use crate::service::schedulers::set::request::SchedulerRequest;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::links::Links;
use crate::web::request::address::{Query, QueueAt};
use crate::web::request::forms::large::keeping;
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;
use form::{SetContext, SubmittedScheduler};

/// The name of the notice that a scheduler was created.
pub(super) const CREATED: &str = "scheduler.create";

/// The name of the notice that a scheduler was changed.
pub(super) const CHANGED: &str = "scheduler.edit";

/// The address of the page that creates a scheduler of a queue.
pub(super) fn create_href(links: Links<'_>, queue: &QueueId) -> String {
    let named = [
        ("name", queue.name()),
        ("prefix", links.prefix(queue.prefix())),
    ];
    links.to("/queue/schedulers/add", &named)
}

pub(crate) async fn open_new(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Query(at): Query<QueueAt>,
) -> Result<Response, PageError> {
    let queue = at.queue(&app)?;
    let services = &app.services;
    services.check_may_set_scheduler(&operator, &queue).await?;
    let request = SchedulerRequest {
        queue,
        id: String::new(),
        revision: None,
        seen_job: String::new(),
        name: String::new(),
        data: Arc::from("{}"),
        typed: HashMap::new(),
        reason: String::new(),
    };
    let setting = SetContext {
        app: app.clone(),
        operator: Some(operator),
        request,
        unsaved: false,
        fixed: String::new(),
        notices,
    };
    Ok(setting.shown(None).await)
}

pub(crate) async fn open(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Query(at): Query<SchedulerAt>,
) -> Result<Response, PageError> {
    let (queue, id) = at.scheduler(&app)?;
    let target = SchedulerRef { queue, id };
    let (mut request, room) = app.services.scheduler_form(&operator, &target).await?;
    let mut preview = app.services.preview_scheduler(&operator, &request).await?;
    // Nothing was typed yet that could be wrong.
    preview.faults = AddFaults::default();
    request.seen_job.clone_from(&preview.edited_job_digest);
    let setting = SetContext {
        app: app.clone(),
        operator: Some(operator),
        request,
        unsaved: false,
        fixed: String::new(),
        notices,
    };
    Ok(keeping(room, setting.shown(Some(preview)).await))
}

pub(crate) async fn create(sent: SubmittedScheduler) -> Response {
    save(sent).await
}

pub(crate) async fn change(sent: SubmittedScheduler) -> Response {
    save(sent).await
}

async fn save(sent: SubmittedScheduler) -> Response {
    let SubmittedScheduler {
        operator,
        mut setting,
        is_preview,
        fix,
        room,
        _turn,
    } = sent;
    let services = Arc::clone(&setting.app.services);
    let answer = match is_preview {
        true => setting.previewed(&operator).await,
        false if !fix.is_empty() => setting.after_fix(&operator, &fix).await,
        false => {
            let outcome = services.set_scheduler(&operator, &setting.request).await;
            setting.answer(&operator, outcome).await
        }
    };
    keeping(room, answer)
}
