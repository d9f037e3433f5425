//! Undoing one edit: the review of what comes back, the form that writes it, and why an edit is not undone.

mod asked;
mod refused;
mod review;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::audit::entry::LoggedEntry;
use crate::domain::audit::reason::{BadReason, LONGEST_REASON};
use crate::service::undo::UndoLooked;
use crate::service::undo::save::UndoSaved;
use crate::service::undo::target::UndoTarget;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::job::edit::answer::done;
use crate::web::request::address::{Form, Query};
use crate::web::request::forms::large::{drawn, keeping};
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;
use asked::Asked;
use refused::status_of;

/// The entry of the edit.
#[derive(Debug, Deserialize)]
pub(crate) struct UndoAt {
    entry: String,
}

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(crate) struct UndoForm {
    entry: String,
    #[serde(default)]
    reason: String,
    /// `retry` for Undo and retry.
    #[serde(default)]
    then: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<UndoAt>,
) -> Result<Response, PageError> {
    let mut asked = Asked {
        app: &app,
        operator: &operator,
        entry: &at.entry,
        reason: String::new(),
        sent: None,
    };
    let services = &app.services;
    let target = match services.undo_target(&operator, &at.entry).await? {
        Ok(target) => target,
        Err((recorded, refusal)) => return Ok(asked.refused_entry(&recorded, &refusal)),
    };
    asked.reason = prefilled(&target.recorded);
    let (size, room) = asked.room(&target).await?;
    let looked = services.look_at_undo(&operator, &target).await?;
    Ok(keeping(
        room,
        asked.answer(size, &target, looked, None).await,
    ))
}

pub(crate) async fn undo(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Form(form): Form<UndoForm>,
) -> Result<Response, PageError> {
    let asked = Asked {
        app: &app,
        operator: &operator,
        entry: &form.entry,
        reason: form.reason,
        sent: Some(form.then),
    };
    let services = &app.services;
    let target = match services.undo_target(&operator, &form.entry).await? {
        Ok(target) => target,
        Err((recorded, refusal)) => return Ok(asked.refused_entry(&recorded, &refusal)),
    };
    let saved = asked.save(&target, &notices).await;
    Ok(saved.unwrap_or_else(|error| asked.failed(&target, &error)))
}

/// The reason that is offered.
fn prefilled(recorded: &LoggedEntry) -> String {
    let by = recorded.entry.actor();
    let of = format!("Undo of the edit by {by}, entry {}", recorded.id);
    match recorded.entry.reason.as_str() {
        "" => of,
        reason => format!("{of}: {reason}")
            .chars()
            .take(LONGEST_REASON)
            .collect(),
    }
}

impl Asked<'_> {
    async fn save(&self, target: &UndoTarget, notices: &Notices) -> Result<Response, PageError> {
        let (app, operator) = (self.app, self.operator);
        let (size, room) = self.room(target).await?;
        let then_retry = self.sent.as_deref() == Some("retry");
        let services = &app.services;
        let saved = services
            .save_undo(operator, target, &self.reason, then_retry)
            .await?;
        let (looked, bad) = match saved {
            UndoSaved::Saved { retry } => {
                let address = app.links().job(&target.queue, &target.id);
                let done = match done(retry) {
                    "saved" => "undone",
                    retried => retried,
                };
                notices.leave(&address, done, "").await;
                return Ok(Redirect::to(&address).into_response());
            }
            UndoSaved::Not(looked) => (*looked, None),
            UndoSaved::BadReason(bad) => {
                (services.look_at_undo(operator, target).await?, Some(bad))
            }
        };
        Ok(keeping(room, self.answer(size, target, looked, bad).await))
    }

    async fn answer(
        &self,
        size: usize,
        target: &UndoTarget,
        looked: UndoLooked,
        bad: Option<BadReason>,
    ) -> Response {
        match looked {
            UndoLooked::Ready(ready) => {
                let status = match bad {
                    Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
                    None => StatusCode::OK,
                };
                drawn(size, Page::with(status, self.review(target, *ready, bad))).await
            }
            UndoLooked::Changed(changed) => {
                let page = self.changed(target, *changed);
                drawn(size, Page::with(StatusCode::CONFLICT, page)).await
            }
            UndoLooked::Refused(refusal) => {
                let page = self.refused_of_job(target, &refusal);
                Page::with(status_of(&refusal), page).into_response()
            }
        }
    }
}
