//! How far the log was read for the entries of a run.

use crate::domain::undo_run::UndoRunSpec;

/// How many entries of the log are looked at with one round trip to Redis.
pub(crate) const SCAN: u64 = 500;

/// How much before a run began, and after it ended, its entries may be: the clocks of Redis and of this machine differ.
const CLOCKS_DIFFER: u64 = 60_000;

/// How far the entries of a run were looked at, newest first.
#[derive(Debug, Default)]
pub(crate) struct UndoCursor(Option<String>);

impl UndoCursor {
    /// The stream ids between which to go on, as `XREVRANGE` takes them.
    pub(crate) fn range(&self, spec: &UndoRunSpec) -> (String, String) {
        let newest = spec.updated.saturating_add(CLOCKS_DIFFER).to_string();
        let from = self.0.as_ref().map_or(newest, |last| format!("({last}"));
        (from, spec.begun.saturating_sub(CLOCKS_DIFFER).to_string())
    }

    /// Moves behind the last entry that was looked at.
    pub(crate) fn pass(&mut self, last: Option<String>) {
        if last.is_some() {
            self.0 = last;
        }
    }
}
