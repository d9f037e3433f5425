//! Pairs the intents of a page with their outcomes.

use std::collections::HashSet;

use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::audit::field::Field;

/// Finds the intents that have ended while going from new to old: an outcome is met before its intent.
#[derive(Debug, Default)]
pub(crate) struct SettledIntents {
    ended: HashSet<String>,
}

impl SettledIntents {
    /// The entry to show. An intent whose outcome was met is not shown, and any other intent is shown as unknown.
    pub(crate) fn show(&mut self, mut recorded: LoggedEntry) -> Option<LoggedEntry> {
        if !is_intent(&recorded) {
            // Of other acts, and of runs, no intent is shown as what it came to.
            if let Some(AuditAction::Operate(_)) = recorded.entry.action.value() {
                self.ended.insert(recorded.entry.event.clone());
            }
            return Some(recorded);
        }
        if self.ended.contains(&recorded.entry.event) {
            return None;
        }
        recorded.entry.outcome = Field::Is(AuditOutcome::Unknown);
        recorded.entry.error =
            "it started, but its result was not recorded; check the job".to_owned();
        Some(recorded)
    }
}

/// Whether it is an intent that its outcome replaces. The intent of a run is kept: a run may take hours, both its ends are
/// worth seeing, and its own page shows its state.
pub(crate) fn is_intent(recorded: &LoggedEntry) -> bool {
    recorded.entry.outcome == AuditOutcome::Intent && recorded.entry.run.is_absent()
}
