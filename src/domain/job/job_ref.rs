//! One job, named by its queue and id.

use super::JobId;
use crate::domain::queue::QueueId;

/// One job: its queue and its id there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobRef {
    /// The queue it is in.
    pub queue: QueueId,
    /// Its id.
    pub id: JobId,
}

impl JobRef {
    /// The job `id` of `queue`.
    pub fn new(queue: &QueueId, id: &JobId) -> Self {
        Self {
            queue: queue.clone(),
            id: id.clone(),
        }
    }
}
