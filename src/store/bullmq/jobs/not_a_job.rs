//! Ids that name one of BullMQ's own keys instead of a job: a job's hash has the key `{prefix}:{queue}:{id}`, and so has a
//! queue's `meta`.

use redis::Value;

use crate::domain::job::{JobId, NoJob};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// The keys of a queue without a colon (4.18, 5.81 and 6.7).
const OF_QUEUE: [&str; 17] = [
    "active",
    "completed",
    "delayed",
    "events",
    "failed",
    "id",
    "limiter",
    "marker",
    "meta",
    "paused",
    "pc",
    "prioritized",
    "repeat",
    "stalled",
    "stalled-check",
    "wait",
    "waiting-children",
];

/// The suffixes of keys beside a job's hash.
const BESIDE_JOB: [&str; 6] = [
    ":dependencies",
    ":failed",
    ":lock",
    ":logs",
    ":processed",
    ":unsuccessful",
];

/// The beginnings of other keys of a queue.
const OF_OTHERS: [&str; 3] = ["metrics:", "de:", "dn:"];

/// The beginning of the keys of schedulers, and of the jobs that they make.
const SCHEDULER: &str = "repeat:";

impl Store {
    /// What the id names instead of a job; `None` if it names a job or nothing. Every job's hash has `timestamp`, and no
    /// other hash of BullMQ's has (4.18 to 6.7). An id that an application chose may look like any of these.
    pub async fn is_no_job(
        &self,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<Option<NoJob>, StoreError> {
        let text = id.as_str();
        if !text.contains(':') && !OF_QUEUE.contains(&text) {
            return Ok(None);
        }
        let key = keys::of_job(queue, id);
        let mut kind = redis::pipe();
        kind.cmd("TYPE").arg(&key);
        let kind = self.redis.read(&mut kind).await?.into_iter().next();
        match kind.and_then(reply::text).as_deref() {
            Some("hash") => {}
            None | Some("none") => return Ok(None),
            Some(_) => return Ok(Some(NoJob::Internal)),
        }
        let mut made = redis::cmd("HEXISTS");
        made.arg(&key).arg("timestamp");
        if self.redis.command(&made).await? != Value::Int(0) {
            return Ok(None);
        }
        Ok(match text.strip_prefix(SCHEDULER) {
            Some(scheduler) => Some(NoJob::Scheduler(scheduler.to_owned())),
            None => is_internal(text).then_some(NoJob::Internal),
        })
    }
}

/// Whether a job of this id would have the key of something else that BullMQ keeps, whether that is there or not.
pub(crate) fn is_bullmqs_own(id: &str) -> bool {
    is_internal(id) || id.starts_with(SCHEDULER)
}

fn is_internal(id: &str) -> bool {
    OF_QUEUE.contains(&id)
        || BESIDE_JOB.iter().any(|end| id.ends_with(end))
        || OF_OTHERS.iter().any(|begin| id.starts_with(begin))
}
