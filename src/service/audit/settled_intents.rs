//! Which intents of a page have ended, and how those that have not are shown.

use std::collections::HashSet;

use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::audit::field::Field;

/// Tells which intents have ended, on a way from new to old: an outcome is met before its intent.
#[derive(Debug, Default)]
pub(crate) struct SettledIntents {
    ended: HashSet<String>,
}

impl SettledIntents {
    /// The entry as it is shown: an intent whose outcome was met is not, and any other intent as unknown.
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
            "it was begun, and how it ended was not recorded: look at the job".to_owned();
        Some(recorded)
    }
}

/// Whether it is an intent that its outcome stands for. Not that of a run: a run may take hours, its two ends are both
/// worth seeing, and its own page says how it stands.
pub(crate) fn is_intent(recorded: &LoggedEntry) -> bool {
    recorded.entry.outcome == AuditOutcome::Intent && recorded.entry.run.is_absent()
}
