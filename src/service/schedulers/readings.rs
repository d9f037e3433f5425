//! The schedulers of all queues as they were read last, shared by everyone.

use std::sync::Arc;

use crate::cache::{Cache, as_it_cost};
use crate::domain::queue::QueueId;
use crate::domain::schedulers::scheduler::Scheduler;
use crate::store::error::StoreError;

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
        Self(Cache::new(1, as_it_cost))
    }
}

impl SchedulerReadings {
    /// Forgets the reading, so that the next page shows what was just changed.
    pub(crate) fn forget(&self) {
        self.0.forget(&());
    }
}
