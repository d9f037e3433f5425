//! A reference to one job: its queue and its id.

use super::JobId;
use super::flow::Relative;
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

    /// The job that a parent or child is, where its names are possible.
    pub fn of(relative: &Relative) -> Option<Self> {
        let queue = QueueId::new(&relative.prefix, &relative.queue).ok()?;
        Some(Self::new(&queue, &JobId::new(relative.id.as_str())?))
    }

    /// The job's key, `prefix:queue:id`, as BullMQ stores parents and children.
    pub fn key(&self) -> String {
        let (prefix, queue) = (self.queue.prefix(), self.queue.name());
        format!("{prefix}:{queue}:{}", self.id.as_str())
    }
}
