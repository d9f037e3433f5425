//! Job ids with colons, which may collide with the keys of another queue.

use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

impl Store {
    /// Whether the key of this job's hash belongs to another queue. An id may hold colons: under the prefix `bull:email`,
    /// the queue `v2` has the same keys as a job `v2:…` of the queue `email` under `bull`.
    pub async fn is_another_queues(&self, queue: &QueueId, id: &JobId) -> Result<bool, StoreError> {
        let mut pipeline = redis::pipe();
        for (at, _) in id.as_str().match_indices(':') {
            let inner = &id.as_str()[..at];
            for field in ["opts.maxLenEvents", "version"] {
                pipeline
                    .cmd("HEXISTS")
                    .arg(keys::of_queue(queue, &format!("{inner}:meta")))
                    .arg(field);
            }
        }
        let answers = self.redis.read(&mut pipeline).await?;
        Ok(answers.iter().any(reply::is_something))
    }
}
