//! What was read last of who leads and how far the history is recorded. Every page and every scrape takes it from memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::background::health::Health;

/// What was read last; `None` before the first reading.
#[derive(Debug, Default)]
pub(crate) struct HealthReadings(Mutex<Option<Health>>);

impl HealthReadings {
    /// What was read last, however long ago.
    pub(crate) fn last(&self) -> Option<Health> {
        self.lock().clone()
    }

    /// Keeps what is read now.
    pub(super) fn keep(&self, health: Health) {
        *self.lock() = Some(health);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Health>> {
        // A poisoned lock still holds a whole reading.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
