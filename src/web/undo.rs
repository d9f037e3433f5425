//! Undoing one edit: the review of what comes back, the form that writes it, and why an edit is not undone.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::access::Operator;
use crate::domain::audit::action::AuditAction;
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::audit::reason::{BadReason, LONGEST_REASON};
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::JobState;
use crate::domain::operations::Operation;
use crate::service::edit::assess::EditRejection;
use crate::service::large_texts::memory_budget::{BRIEFLY, BudgetShare, DATA_TAKES};
use crate::service::undo::save::UndoSaved;
use crate::service::undo::since::ChangedSince;
use crate::service::undo::target::UndoTarget;
use crate::service::undo::{ReadyUndo, UndoLooked, UndoRefusal};
use crate::web::app::App;
use crate::web::audit::entry_view::EntryView;
use crate::web::html::error::PageError;
use crate::web::html::format::bytes;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::parts::{DiffView, StateView};
use crate::web::html::queue_crumbs::QueueCrumbs;
use crate::web::job::edit::answer::done;
use crate::web::job::edit::review::{ChangeView, listed};
use crate::web::job::status::AtView;
use crate::web::request::address::{Form, Query};
use crate::web::request::forms::large::{drawn, keeping};
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;

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

/// The job of an undo, and the entry of the edit.
#[derive(Debug)]
struct UndoHead {
    at: AtView,
    to_queue: QueueCrumbs,
    job_href: String,
    name: String,
    state: Option<StateView>,
}

/// The review of an undo.
#[derive(Template)]
#[template(path = "undo/review.html")]
struct UndoPage {
    frame: Frame,
    head: UndoHead,
    entry: String,
    entry_href: String,
    edited: EntryView,
    /// What happened to the job after the edit, in words.
    warnings: Vec<String>,
    since: Vec<EntryView>,
    /// The schema that the data passed; empty if there is none.
    schema: String,
    changes: Vec<ChangeView>,
    not_listed: &'static str,
    diff: DiffView,
    size_before: String,
    size_after: String,
    reason: String,
    reason_required: bool,
    /// What is wrong with the reason; empty for nothing.
    reason_problem: String,
    retryable: bool,
    action: String,
}

/// Why an edit is not undone.
#[derive(Template)]
#[template(path = "undo/refused.html")]
struct UndoRefusedPage {
    frame: Frame,
    /// The job; `None` where the entry is of none.
    head: Option<UndoHead>,
    title: &'static str,
    text: String,
    entry: String,
    entry_href: String,
    edited: EntryView,
    problems: Vec<TextProblem>,
    since: Vec<EntryView>,
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
}

/// An undo that someone asks for.
struct Asked<'a> {
    app: &'a App,
    operator: &'a Operator,
    entry: &'a str,
    reason: String,
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
    };
    let services = &app.services;
    let target = match services.undo_target(&operator, &form.entry).await? {
        Ok(target) => target,
        Err((recorded, refusal)) => return Ok(asked.refused_entry(&recorded, &refusal)),
    };
    let (size, room) = asked.room(&target).await?;
    let then_retry = form.then == "retry";
    let saved = services
        .save_undo(&operator, &target, &asked.reason, then_retry)
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
        UndoSaved::BadReason(bad) => (services.look_at_undo(&operator, &target).await?, Some(bad)),
    };
    Ok(keeping(
        room,
        asked.answer(size, &target, looked, bad).await,
    ))
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
    /// The room in memory that the job's data takes, and its size.
    async fn room(&self, target: &UndoTarget) -> Result<(usize, BudgetShare), PageError> {
        let services = &self.app.services;
        let stored = services.stored_size(&target.queue, &target.id).await?;
        let large = target.recorded.entry.large.value();
        let size = stored + large.map_or(0, |large| large.before);
        let room = services.room().take(DATA_TAKES * size, BRIEFLY).await?;
        Ok((size as usize, room))
    }

    fn head(&self, target: &UndoTarget, name: &str, state: Option<JobState>) -> UndoHead {
        let (app, queue, id) = (self.app, &target.queue, &target.id);
        UndoHead {
            at: AtView::new(app, queue, id),
            to_queue: QueueCrumbs::new(app, queue),
            job_href: app.links().job(queue, id),
            name: name.to_owned(),
            state: state.map(StateView::bare),
        }
    }

    fn entry_href(&self) -> String {
        self.app.links().to("/audit/entry", &[("id", self.entry)])
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
                let mut page = self.refused(&target.recorded, &refusal);
                page.head = Some(self.head(target, "", None));
                page.since = self.rows(&target.since);
                Page::with(status_of(&refusal), page).into_response()
            }
        }
    }

    fn rows(&self, entries: &[LoggedEntry]) -> Vec<EntryView> {
        let rows = entries.iter();
        rows.map(|one| EntryView::new(self.app, one)).collect()
    }

    fn review(&self, target: &UndoTarget, ready: ReadyUndo, bad: Option<BadReason>) -> UndoPage {
        let change = ready.reviewed.change;
        let (changes, not_listed) = listed(ready.reviewed.places);
        let state = change.job.state;
        let mut warnings = warnings(&target.since, state);
        if ready.leaves_no_field {
            warnings.push("The job had no data field before the edit, and will have none again. BullMQ reads it as {}.".to_owned());
        }
        UndoPage {
            frame: self.app.frame(self.operator, ""),
            head: self.head(target, &change.job.name, Some(state)),
            entry: self.entry.to_owned(),
            entry_href: self.entry_href(),
            edited: EntryView::new(self.app, &target.recorded),
            warnings,
            since: self.rows(&target.since),
            schema: change
                .schema
                .as_ref()
                .map_or_else(String::new, |schema| schema.name().to_owned()),
            changes,
            not_listed,
            diff: DiffView::new(ready.reviewed.diff),
            size_before: bytes(change.job.data.len() as u64),
            size_after: bytes(change.after.len() as u64),
            reason: self.reason.clone(),
            reason_required: self.app.services.rules().require_reason,
            reason_problem: bad.map_or_else(String::new, |bad| bad.to_string()),
            retryable: state == JobState::Failed,
            action: self.app.links().to("/undo", &[]),
        }
    }

    fn refused(&self, recorded: &LoggedEntry, refusal: &UndoRefusal) -> UndoRefusedPage {
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
        }
    }

    fn refused_entry(&self, recorded: &LoggedEntry, refusal: &UndoRefusal) -> Response {
        let page = self.refused(recorded, refusal);
        Page::with(status_of(refusal), page).into_response()
    }

    fn changed(&self, target: &UndoTarget, changed: ChangedSince) -> UndoRefusedPage {
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
            ..self.refused(&target.recorded, &UndoRefusal::Undone)
        }
    }
}

fn status_of(refusal: &UndoRefusal) -> StatusCode {
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

/// What happened to the job since its edit that one should know before undoing that.
fn warnings(since: &[LoggedEntry], state: JobState) -> Vec<String> {
    let mut warnings = Vec::new();
    let retried = since.iter().find(|one| {
        let action = one.entry.action.value();
        action == Some(&AuditAction::Operate(Operation::Retry))
    });
    if let Some(retried) = retried {
        let by = retried.entry.actor();
        warnings.push(format!(
            "{by} retried the job after this edit: a worker may have run it with the edited data."
        ));
    }
    if state == JobState::Completed {
        warnings.push(
            "The job has completed. Undoing the edit changes what is stored, not what was done."
                .to_owned(),
        );
    }
    warnings
}
