//! What went wrong in this process's background tasks since it began, counted in memory. Bounded: one record for each task.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::clock::unix_millis;
use crate::domain::background::BackgroundTask;
use crate::domain::background::health::TaskFailure;
use crate::service::error::StoreError;

/// What to do after a panic.
pub(super) const AFTER_PANIC: &str = "This is a fault of Bullkeeper. The task was started again by itself. Please report it with the lines of the log \
     around it.";

/// How one task did.
#[derive(Debug, Clone, Default)]
pub(crate) struct TaskRecord {
    /// How many of its turns failed.
    pub(crate) failures: u64,
    /// How often it was started again.
    pub(crate) restarts: u64,
    /// When it was last started again, in Unix milliseconds.
    pub(crate) restarted_ms: Option<u64>,
    /// Its last failure.
    pub(crate) last: Option<TaskFailure>,
}

/// How each task did.
#[derive(Debug, Default)]
pub(crate) struct TaskRecords(Mutex<BTreeMap<BackgroundTask, TaskRecord>>);

impl TaskRecords {
    /// Notes how a turn of a task ended. The first of several failures in a row is said in the log, and the end of them.
    pub(crate) fn note(&self, task: BackgroundTask, turn: Result<(), &StoreError>) {
        let mut records = self.lock();
        let record = records.entry(task).or_default();
        let was_failing = record.last.as_ref().is_some_and(|last| last.goes_on);
        match turn {
            Ok(()) if was_failing => {
                tracing::info!(task = task.name(), "a background task goes on");
                record.last.iter_mut().for_each(|last| last.goes_on = false);
            }
            Ok(()) => {}
            Err(error) => {
                record.failures += 1;
                let since_ms = match &record.last {
                    Some(last) if was_failing => last.since_ms,
                    _ => unix_millis(),
                };
                record.last = Some(TaskFailure {
                    since_ms,
                    at_ms: unix_millis(),
                    words: error.plain(),
                    advice: error.advice(),
                    goes_on: true,
                });
                match error {
                    _ if was_failing => {}
                    // The live engine warns that Redis does not answer, for all.
                    StoreError::Away(_) => {
                        tracing::debug!(task = task.name(), %error, "a background task fails");
                    }
                    error => {
                        tracing::warn!(task = task.name(), %error, "a background task fails; it is tried again");
                    }
                }
            }
        }
    }

    /// Notes that a task panicked and is started again.
    pub(crate) fn panicked(&self, task: BackgroundTask, panic: &(dyn Any + Send)) {
        let words = panic.downcast_ref::<&str>().copied();
        let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let panic = words.unwrap_or_default();
        tracing::error!(
            task = task.name(),
            panic,
            "a background task panicked; it is started again"
        );
        let mut records = self.lock();
        let record = records.entry(task).or_default();
        record.restarts += 1;
        let now = unix_millis();
        record.restarted_ms = Some(now);
        record.last = Some(TaskFailure {
            since_ms: now,
            at_ms: now,
            words: "it ended by a fault of Bullkeeper",
            advice: AFTER_PANIC,
            goes_on: false,
        });
    }

    /// How this task did.
    pub(crate) fn of(&self, task: BackgroundTask) -> TaskRecord {
        self.lock().get(&task).cloned().unwrap_or_default()
    }

    /// How all tasks did.
    pub(crate) fn all(&self) -> impl Iterator<Item = (BackgroundTask, TaskRecord)> {
        BackgroundTask::ALL
            .into_iter()
            .map(|task| (task, self.of(task)))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<BackgroundTask, TaskRecord>> {
        // A poisoned lock still holds whole records.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
