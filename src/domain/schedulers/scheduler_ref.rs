//! A reference to one scheduler: its queue and its id.

use super::scheduler::SchedulerId;
use crate::domain::queue::QueueId;

/// One scheduler: a queue and the scheduler's id in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SchedulerRef {
    /// Its queue.
    pub queue: QueueId,
    /// Its id in that queue.
    pub id: SchedulerId,
}
