//! The limits of a queue as they are stored.

use crate::domain::operations::on_queue::in_force::QueueLimits;
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

impl Store {
    /// The limits of a queue.
    pub async fn limits(&self, queue: &QueueId) -> Result<QueueLimits, StoreError> {
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("HMGET")
            .arg(keys::of_queue(queue, "meta"))
            .arg(&["concurrency", "max", "duration"]);
        pipeline.cmd("XLEN").arg(keys::of_queue(queue, "events"));
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut fields = reply::items(answers.next().unwrap_or_default()).into_iter();
        let mut field = || fields.next().and_then(reply::text);
        Ok(QueueLimits {
            concurrency: field(),
            max: field(),
            duration: field(),
            events: answers.next().and_then(reply::number).unwrap_or(0),
        })
    }
}
