//! The jobs of one state, a page at a time, without reading the whole of it.

use redis::Value;

use super::queues::is_marker;
use super::{Store, StoreError, keys, reply};
use crate::domain::job::{JobId, JobRow, JobState, JobSummary};
use crate::domain::queue::QueueId;

/// The longest reason of a failure that a row fetches, in bytes: a row shows one line.
const LONGEST_REASON: u64 = 4096;

/// No list in Redis holds more (2^32 − 1).
const MOST_ROWS: u64 = u32::MAX as u64;

/// What a row reads of a job. `opts` is for the attempts allowed.
pub(super) const SMALL_FIELDS: [&str; 9] = [
    "name",
    "timestamp",
    "processedOn",
    "finishedOn",
    "atm",
    "attemptsMade",
    "delay",
    "priority",
    "opts",
];

impl Store {
    /// The rows from `from` (0 is the first) to at most `size` further, in the state's own order: newest first, but
    /// delayed jobs soonest first and prioritized jobs in the order they will run.
    pub async fn list_jobs(
        &self,
        queue: &QueueId,
        state: JobState,
        from: u64,
        size: u64,
    ) -> Result<Vec<JobRow>, StoreError> {
        let ids = self.list_ids(queue, state, from, size).await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = redis::pipe();
        for id in &ids {
            let key = keys::of_job(queue, id);
            pipeline.cmd("HMGET").arg(&key).arg(&SMALL_FIELDS);
            pipeline.cmd("HSTRLEN").arg(&key).arg("failedReason");
            pipeline.cmd("EXISTS").arg(&key);
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut rows = Vec::with_capacity(ids.len());
        let mut with_reason = Vec::new();
        for id in ids {
            let fields = answers.next().unwrap_or_default();
            let reason = answers.next().and_then(reply::number).unwrap_or(0);
            let exists = answers
                .next()
                .is_some_and(|value| reply::is_something(&value));
            if exists && reason > 0 {
                with_reason.push((rows.len(), reason));
            }
            let summary = exists.then(|| summary(reply::items(fields)));
            rows.push(JobRow { id, summary });
        }
        self.add_reasons(queue, &mut rows, with_reason).await?;
        Ok(rows)
    }

    async fn list_ids(
        &self,
        queue: &QueueId,
        state: JobState,
        from: u64,
        size: u64,
    ) -> Result<Vec<JobId>, StoreError> {
        // Redis counts with signed numbers; nothing is that far down.
        if from > MOST_ROWS {
            return Ok(Vec::new());
        }
        let soonest_first = matches!(state, JobState::Delayed | JobState::Prioritized);
        let command = match (keys::is_list(state), soonest_first) {
            (true, _) => "LRANGE",
            (false, true) => "ZRANGE",
            (false, false) => "ZREVRANGE",
        };
        let mut range = redis::cmd(command);
        range
            .arg(keys::of_state(queue, state))
            .arg(from)
            .arg(from + size.saturating_sub(1));
        Ok(reply::texts(self.redis.command(&range).await?)
            .into_iter()
            .filter(|id| !is_marker(id))
            .filter_map(JobId::new)
            .collect())
    }

    async fn add_reasons(
        &self,
        queue: &QueueId,
        rows: &mut [JobRow],
        with_reason: Vec<(usize, u64)>,
    ) -> Result<(), StoreError> {
        let mut pipeline = redis::pipe();
        let mut asked = Vec::new();
        for (at, bytes) in with_reason {
            let Some(row) = rows.get_mut(at) else {
                continue;
            };
            if bytes <= LONGEST_REASON {
                pipeline
                    .cmd("HGET")
                    .arg(keys::of_job(queue, &row.id))
                    .arg("failedReason");
                asked.push(at);
            } else if let Some(summary) = row.summary.as_mut() {
                summary.failed_reason = Some(format!(
                    "an error of {bytes} bytes: open the job to read it"
                ));
            }
        }
        let answers = self.redis.read(&mut pipeline).await?;
        for (at, answer) in asked.into_iter().zip(answers) {
            if let Some(summary) = rows.get_mut(at).and_then(|row| row.summary.as_mut()) {
                summary.failed_reason = reply::text(answer);
            }
        }
        Ok(())
    }
}

/// Reads [`SMALL_FIELDS`].
pub(super) fn summary(fields: Vec<Value>) -> JobSummary {
    let mut fields = fields.into_iter();
    let mut next = || fields.next().unwrap_or_default();
    let name = reply::text(next()).unwrap_or_default();
    let mut number = || reply::number(next());
    let (added, started, finished) = (number(), number(), number());
    // BullMQ 5 and 6 write `atm`; 4 writes `attemptsMade`.
    let (atm, attempts_made) = (number(), number());
    let (delay, priority) = (number().unwrap_or(0), number().unwrap_or(0));
    let options = reply::bytes(next()).unwrap_or_default();
    JobSummary {
        name,
        added,
        started,
        finished,
        attempts_made: atm.or(attempts_made).unwrap_or(0),
        attempts: attempts_allowed(&options),
        delay,
        priority,
        failed_reason: None,
    }
}

fn attempts_allowed(options: &[u8]) -> Option<u64> {
    #[derive(serde::Deserialize)]
    struct Options {
        attempts: Option<u64>,
    }
    serde_json::from_slice::<Options>(options).ok()?.attempts
}
