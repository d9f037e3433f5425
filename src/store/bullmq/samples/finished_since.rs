//! How many jobs of queues finished since a time.

use crate::domain::job::JobState;
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many queues one pipeline counts.
const QUEUES_A_PIPELINE: usize = 500;

/// How many jobs of a queue finished since a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FinishedSince {
    /// Those that completed and are kept.
    pub completed: u64,
    /// Those that failed and are kept.
    pub failed: u64,
    /// Whether the failed ones could be counted: their key is a sorted set, and this Redis user may read it.
    pub is_readable: bool,
}

impl Store {
    /// How many jobs of each queue finished at `from` (Unix milliseconds) or later. Redis counts a range of a sorted set without
    /// going through it.
    pub async fn finished_since(
        &self,
        queues: &[QueueId],
        from: u64,
    ) -> Result<Vec<FinishedSince>, StoreError> {
        let mut all = Vec::with_capacity(queues.len());
        for some in queues.chunks(QUEUES_A_PIPELINE) {
            let mut pipeline = redis::pipe();
            for queue in some {
                for state in [JobState::Completed, JobState::Failed] {
                    let key = keys::of_state(queue, state);
                    pipeline.cmd("ZCOUNT").arg(key).arg(from).arg("+inf");
                }
            }
            let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
            let mut next = || answers.next().and_then(reply::number);
            all.extend(some.iter().map(|_| {
                let (completed, failed) = (next(), next());
                FinishedSince {
                    completed: completed.unwrap_or(0),
                    failed: failed.unwrap_or(0),
                    is_readable: failed.is_some(),
                }
            }));
        }
        Ok(all)
    }
}
