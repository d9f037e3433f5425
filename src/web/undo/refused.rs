//! Why an edit is not undone: a refusal, or data that was changed since.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::asked::{Asked, UndoHead};
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::edit::problem::TextProblem;
use crate::service::edit::assess::EditRejection;
use crate::service::undo::refusal::UndoRefusal;
use crate::service::undo::since::ChangedSince;
use crate::service::undo::target::UndoTarget;
use crate::web::audit::entry_view::EntryView;
use crate::web::html::error::PageError;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::parts::DiffView;

/// Why an edit is not undone.
#[derive(Template)]
#[template(path = "undo/refused.html")]
pub(super) struct UndoRefusedPage {
    frame: Frame,
    /// The job; `None` where the entry is of none.
    pub(super) head: Option<UndoHead>,
    title: &'static str,
    text: String,
    entry: String,
    entry_href: String,
    edited: EntryView,
    problems: Vec<TextProblem>,
    pub(super) since: Vec<EntryView>,
    /// Whether the data was changed after the edit.
    is_changed: bool,
    /// From what the edit left to what is stored now; `None` where the log does not hold what the edit left.
    diff: Option<DiffView>,
    /// The text of the editor that keeps both; `None` if there is none.
    merged: Option<String>,
    revision: String,
    now: String,
    edit_href: String,
    reason: String,
    /// Whether the form comes again with the reason that was typed.
    asks_again: bool,
    /// `retry` for Undo and retry.
    then: String,
    action: String,
}

impl Asked<'_> {
    pub(super) fn refused(&self, recorded: &LoggedEntry, refusal: &UndoRefusal) -> UndoRefusedPage {
        let problems = match refusal {
            UndoRefusal::Data(EditRejection::Invalid(problems)) => problems.clone(),
            UndoRefusal::Data(EditRejection::SchemaFaulty(faults)) => faults
                .iter()
                .map(|fault| TextProblem {
                    message: fault.to_string(),
                    ..TextProblem::default()
                })
                .collect(),
            _ => Vec::new(),
        };
        UndoRefusedPage {
            frame: self.app.frame(self.operator, ""),
            head: None,
            title: match refusal {
                UndoRefusal::Undone => "Nothing to undo",
                _ => "Not undone",
            },
            text: refusal.to_string(),
            entry: self.entry.to_owned(),
            entry_href: self.entry_href(),
            edited: EntryView::new(self.app, recorded),
            problems,
            since: Vec::new(),
            is_changed: false,
            diff: None,
            merged: None,
            revision: String::new(),
            now: String::new(),
            edit_href: String::new(),
            reason: self.reason.clone(),
            asks_again: false,
            then: self.sent.clone().unwrap_or_default(),
            action: self.app.links().to("/undo", &[]),
        }
    }

    /// The same about a job's edit, with the reason that was typed.
    pub(super) fn refused_of_job(
        &self,
        target: &UndoTarget,
        refusal: &UndoRefusal,
    ) -> UndoRefusedPage {
        UndoRefusedPage {
            head: Some(self.head(target, "", None)),
            since: self.rows(&target.since),
            asks_again: self.sent.is_some()
                && !matches!(refusal, UndoRefusal::Undone | UndoRefusal::Gone),
            ..self.refused(&target.recorded, refusal)
        }
    }

    /// What kept the undo from being looked at, with the reason that was typed.
    pub(super) fn failed(&self, target: &UndoTarget, error: &PageError) -> Response {
        let (title, text) = error.told();
        let page = UndoRefusedPage {
            title,
            text,
            asks_again: true,
            ..self.refused_of_job(target, &UndoRefusal::Undone)
        };
        let mut response = Page::with(error.status(), page).into_response();
        error.add_headers(&mut response);
        response
    }

    pub(super) fn refused_entry(&self, recorded: &LoggedEntry, refusal: &UndoRefusal) -> Response {
        let page = self.refused(recorded, refusal);
        Page::with(status_of(refusal), page).into_response()
    }

    pub(super) fn changed(&self, target: &UndoTarget, changed: ChangedSince) -> UndoRefusedPage {
        let undone = target
            .since
            .iter()
            .any(|one| one.entry.undoes == target.recorded.id);
        let text = match undone {
            true => {
                "This edit was undone before, and the data was changed again after that. Nothing was overwritten."
            }
            false => "The job's data was changed after this edit. Nothing was overwritten.",
        };
        // The editor takes the reason along.
        let asks_again = self.sent.is_some() && changed.merged.is_none();
        UndoRefusedPage {
            head: Some(self.head(target, &changed.name, Some(changed.state))),
            title: "Changed since this edit",
            text: text.to_owned(),
            since: self.rows(&target.since),
            is_changed: true,
            diff: changed.diff.map(DiffView::new),
            merged: changed.merged,
            revision: changed.revision.as_str().to_owned(),
            now: changed.now,
            edit_href: self.app.links().to("/job/edit", &[]),
            asks_again,
            ..self.refused(&target.recorded, &UndoRefusal::Undone)
        }
    }
}

pub(super) fn status_of(refusal: &UndoRefusal) -> StatusCode {
    match refusal {
        UndoRefusal::Gone => StatusCode::NOT_FOUND,
        UndoRefusal::Job(_) | UndoRefusal::Undone => StatusCode::CONFLICT,
        UndoRefusal::Data(EditRejection::Limited(..)) => StatusCode::TOO_MANY_REQUESTS,
        UndoRefusal::Data(
            EditRejection::TooLarge { .. } | EditRejection::StoredTooLarge { .. },
        ) => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
