//! The review of an undo: what comes back, and what happened to the job since the edit.

use askama::Template;

use super::asked::{Asked, UndoHead};
use crate::domain::audit::action::AuditAction;
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::audit::reason::BadReason;
use crate::domain::job::JobState;
use crate::domain::operations::Operation;
use crate::service::undo::ReadyUndo;
use crate::service::undo::target::UndoTarget;
use crate::web::audit::entry_view::EntryView;
use crate::web::html::format::bytes;
use crate::web::html::frame::Frame;
use crate::web::html::parts::DiffView;
use crate::web::job::edit::review::{ChangeView, listed};

/// The review of an undo.
#[derive(Template)]
#[template(path = "undo/review.html")]
pub(super) struct UndoPage {
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

impl Asked<'_> {
    pub(super) fn review(
        &self,
        target: &UndoTarget,
        ready: ReadyUndo,
        bad: Option<BadReason>,
    ) -> UndoPage {
        let policy = ready.reviewed.policy.policy();
        let asked_by_policy = policy.is_some_and(|policy| policy.reason.is_some());
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
            reason_required: self.app.services.rules().require_reason || asked_by_policy,
            reason_problem: bad.map_or_else(String::new, |bad| bad.to_string()),
            retryable: state == JobState::Failed,
            action: self.app.links().to("/undo", &[]),
        }
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
