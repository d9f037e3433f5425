//! What this process did since it began, counted in memory. Nothing of it is in Redis, and all of it is bounded: the names are
//! those of the code.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::run::{RunKind, RunState};

/// Counts by two names.
pub(crate) type CountsByNames = BTreeMap<(&'static str, &'static str), u64>;

/// Counts by one name.
pub(crate) type CountsByName = BTreeMap<&'static str, u64>;

/// The counters of a process.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    actions: Mutex<CountsByNames>,
    runs: Mutex<CountsByNames>,
    running: AtomicU64,
}

impl Counters {
    /// Counts an action that ended so.
    pub(crate) fn action(&self, action: AuditAction, outcome: AuditOutcome) {
        *lock(&self.actions)
            .entry((action.name(), outcome.name()))
            .or_default() += 1;
    }

    /// Counts a run that this process works on from now on.
    pub(crate) fn run_begun(&self) {
        self.running.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a run that this process no longer works on.
    pub(crate) fn run_ended(&self, kind: RunKind, state: RunState) {
        self.running.fetch_sub(1, Ordering::Relaxed);
        *lock(&self.runs)
            .entry((kind.name(), state.name()))
            .or_default() += 1;
    }

    /// Actions by name and outcome.
    pub(super) fn actions(&self) -> CountsByNames {
        lock(&self.actions).clone()
    }

    /// Runs that ended, by kind and state.
    pub(super) fn runs_ended(&self) -> CountsByNames {
        lock(&self.runs).clone()
    }

    /// How many runs this process works on.
    pub(super) fn runs_running(&self) -> u64 {
        self.running.load(Ordering::Relaxed)
    }
}

fn lock(counts: &Mutex<CountsByNames>) -> MutexGuard<'_, CountsByNames> {
    // A poisoned lock still holds whole counts.
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}
