//! What a retry left in Redis, for one whose answer was lost.

use redis::Value;

use super::{Store, StoreError, keys, reply};
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;

/// How many events are read at once.
const EVENTS_AT_ONCE: usize = 1_000;

/// How many are read at all.
const MOST_EVENTS: usize = 10_000;

/// What there is to see of a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetryTrace {
    /// When the queue's events say that the job left `failed` for a waiting list, in Redis's milliseconds.
    pub put_back: Option<u64>,
    /// Whether all events since are there: none was trimmed, and there were not too many to read.
    pub is_whole: bool,
    /// Since when the job has been failed, by its worker's clock; `None` where it is not.
    pub failed_at: Option<u64>,
}

impl Store {
    /// Looks for what a retry of `job` after `since`, in Redis's milliseconds, left behind.
    pub async fn retry_trace(
        &self,
        queue: &QueueId,
        job: &JobId,
        since: u64,
    ) -> Result<RetryTrace, StoreError> {
        let events = keys::of_queue(queue, "events");
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("ZSCORE")
            .arg(keys::of_queue(queue, "failed"))
            .arg(job.as_str())
            .cmd("XRANGE")
            .arg(&events)
            .arg(&["-", "+", "COUNT", "1"]);
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let failed_at = answers.next().and_then(reply::number);
        let oldest = reply::items(answers.next().unwrap_or_default())
            .into_iter()
            .find_map(|event| event_of(event).map(|(id, _)| millis(&id)));
        let mut trace = RetryTrace {
            failed_at,
            is_whole: oldest.is_some_and(|oldest| oldest <= since),
            ..RetryTrace::default()
        };
        let mut from = since.to_string();
        for _ in 0..MOST_EVENTS / EVENTS_AT_ONCE {
            let mut command = redis::cmd("XRANGE");
            command.arg(&events).arg(&from).arg("+");
            command.arg("COUNT").arg(EVENTS_AT_ONCE);
            let read: Vec<(String, Vec<String>)> =
                reply::items(self.bulk().await.command(&command).await?)
                    .into_iter()
                    .filter_map(event_of)
                    .collect();
            let is_it = |(_, fields): &&(String, Vec<String>)| {
                let has = |name: &str, value: &str| {
                    let mut pairs = fields.chunks_exact(2);
                    pairs.any(|pair| pair[0] == name && pair[1] == value)
                };
                has("event", "waiting") && has("jobId", job.as_str()) && has("prev", "failed")
            };
            if let Some((id, _)) = read.iter().find(is_it) {
                trace.put_back = Some(millis(id));
                return Ok(trace);
            }
            match read.last() {
                Some((id, _)) if read.len() == EVENTS_AT_ONCE => from = format!("({id}"),
                _ => return Ok(trace),
            }
        }
        trace.is_whole = false;
        Ok(trace)
    }
}

fn event_of(event: Value) -> Option<(String, Vec<String>)> {
    let mut parts = reply::items(event).into_iter();
    let id = parts.next().and_then(reply::text)?;
    Some((id, reply::texts(parts.next()?)))
}

fn millis(id: &str) -> u64 {
    let millis = id.split('-').next().unwrap_or_default();
    millis.parse().unwrap_or(0)
}
