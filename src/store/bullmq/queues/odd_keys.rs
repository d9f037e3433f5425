//! Which of a queue's own keys has a type that BullMQ never gives it.

use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// The keys of a queue that an operation on a job reads or writes, each with its type.
const TYPES: [(&str, &str); 13] = [
    ("meta", "hash"),
    ("events", "stream"),
    ("wait", "list"),
    ("paused", "list"),
    ("active", "list"),
    ("delayed", "zset"),
    ("prioritized", "zset"),
    ("completed", "zset"),
    ("failed", "zset"),
    ("waiting-children", "zset"),
    ("repeat", "zset"),
    ("pc", "string"),
    ("marker", "zset"),
];

impl Store {
    /// Whether a key of the queue has a wrong type, so that none of its jobs can be changed. An error says that the audit log
    /// itself has one.
    pub(crate) async fn has_odd_key(&self, queue: &QueueId) -> Result<bool, StoreError> {
        let mut pipeline = redis::pipe();
        pipeline.cmd("TYPE").arg(self.own.audit());
        for (suffix, _) in TYPES {
            pipeline.cmd("TYPE").arg(keys::of_queue(queue, suffix));
        }
        let found = self.redis.read(&mut pipeline).await?;
        let mut found = found.into_iter().map(reply::text);
        let is_odd = |found: Option<String>, wanted: &str| {
            found.is_some_and(|found| found != wanted && found != "none")
        };
        if is_odd(found.next().flatten(), "stream") {
            let why = "the audit log is not a stream";
            return Err(StoreError::Unexpected(why.to_owned()));
        }
        let mut pairs = TYPES.into_iter().zip(found);
        Ok(pairs.any(|((_, wanted), found)| is_odd(found, wanted)))
    }
}
