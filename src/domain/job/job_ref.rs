//! A reference to one job: its queue and its id.

use super::JobId;
use crate::domain::queue::QueueId;

/// One job: a queue and the job's id in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobRef {
    /// The job's queue.
    pub queue: QueueId,
    /// The job's id in that queue.
    pub id: JobId,
}

impl JobRef {
    /// A reference to the job `id` of `queue`.
    pub fn new(queue: &QueueId, id: &JobId) -> Self {
        Self {
            queue: queue.clone(),
            id: id.clone(),
        }
    }
}
