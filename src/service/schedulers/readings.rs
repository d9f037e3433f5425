//! The schedulers of all queues as they were read last, shared by everyone.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::Cache;
use crate::domain::queue::QueueId;
use crate::domain::schedulers::scheduler::Scheduler;
use crate::store::error::StoreError;

/// The reading is good for so long at least.
const FRESH: Duration = Duration::from_secs(2);

/// And for so many times as long as it took.
const WORTH: u32 = 10;

/// But no longer than this.
const OLD: Duration = Duration::from_secs(60);

/// The schedulers of all queues.
#[derive(Debug, Default)]
pub struct AllSchedulers {
    /// The schedulers that were read.
    pub found: Vec<Arc<Scheduler>>,
    /// The queues of which some were not read, with how many.
    pub left_out: Vec<(QueueId, u64)>,
}

/// The last reading, shared by everyone.
#[derive(Debug)]
pub(crate) struct SchedulerReadings(pub(super) Cache<(), Arc<AllSchedulers>, StoreError>);

impl Default for SchedulerReadings {
    fn default() -> Self {
        Self(Cache::new(1, |took| {
            took.saturating_add(took.saturating_mul(WORTH).clamp(FRESH, OLD))
        }))
    }
}

impl SchedulerReadings {
    /// Forgets the reading, so that the next page shows what was just changed.
    pub(crate) fn forget(&self) {
        self.0.forget(&());
    }
}
