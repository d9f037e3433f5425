//! Which BullMQ keeps a queue.

use redis::Value;

use crate::domain::queue::QueueId;
use crate::domain::queue::bullmq_version::BullmqVersion;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

impl Store {
    /// Which BullMQ keeps a queue; `None` where there is no such queue.
    pub async fn bull_version(&self, queue: &QueueId) -> Result<Option<BullmqVersion>, StoreError> {
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("HMGET")
            .arg(keys::of_queue(queue, "meta"))
            .arg(&["version", "library", "opts.maxLenEvents"]);
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let fields = answers.next().map_or_else(Vec::new, reply::items);
        let mut fields = fields.into_iter().map(|field: Value| reply::text(field));
        let mut next = || fields.next().flatten();
        let (version, library, most_events) = (next(), next(), next());
        let exists = version.is_some() || most_events.is_some();
        Ok(exists.then(|| BullmqVersion::parse(version.as_deref(), library.as_deref())))
    }
}
