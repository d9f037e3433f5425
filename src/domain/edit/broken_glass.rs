//! An edit that an admin saved, or a run that they began, alone though it takes a second person; and the alarm that tells the others.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::queue::QueueId;

/// The least reason for it, in characters.
pub(crate) const LEAST_REASON: usize = 20;

/// How long the alarm is shown.
pub(crate) const SHOWN_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// The newest of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenGlass {
    /// When, in Unix milliseconds.
    pub at: u64,
    /// Who did it.
    pub by: String,
    /// The queue's prefix.
    pub prefix: String,
    /// The queue's name.
    pub queue: String,
    /// The job; empty for a run.
    pub job: String,
    /// The run; empty for an edit.
    #[serde(default)]
    pub run: String,
}

impl BrokenGlass {
    /// Its queue.
    pub fn queue_id(&self) -> Option<QueueId> {
        QueueId::new(&self.prefix, &self.queue).ok()
    }
}
