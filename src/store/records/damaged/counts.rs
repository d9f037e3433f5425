//! How many damaged records were set aside, counted in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The names of all records, as metrics have them.
pub(super) const NAMES: [&str; 12] = [
    "leader",
    "leader-process",
    "history",
    "history-queues",
    "history-recorded",
    "history-minutes",
    "marks",
    "marks-by-time",
    "marks-seen",
    "alerts",
    "alert-outbox",
    "alert-silences",
];

/// How many records, or fields of one, this process has set aside, by the record's name.
#[derive(Debug, Default)]
pub(crate) struct SetAside(Mutex<BTreeMap<&'static str, u64>>);

impl SetAside {
    /// Counts some more.
    pub(super) fn add(&self, name: &'static str, count: u64) {
        // A poisoned lock still holds whole counts.
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(name).or_default() += count;
    }

    /// The counts of all names, also of those without any.
    pub(super) fn all(&self) -> BTreeMap<&'static str, u64> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |name| counts.get(name).copied().unwrap_or_default();
        NAMES.into_iter().map(|name| (name, count(name))).collect()
    }
}
