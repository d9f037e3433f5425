//! The jobs of one state, one page at a time.

use redis::Value;

use crate::domain::job::{JobId, JobRow, JobState, JobSummary};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::counts::is_marker;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// The longest failure reason that a row fetches, in bytes: a row shows one line.
const LONGEST_REASON: u64 = 4096;

/// The longest name that is read, in bytes; a longer one is only measured.
pub(crate) const LONGEST_NAME: u64 = 1024;

/// The largest options that a row reads, in bytes; of larger ones the allowed attempts are not shown.
const LARGEST_OPTIONS: u64 = 4096;

/// The most items a list in Redis can hold (2^32 − 1).
const MOST_ROWS: u64 = u32::MAX as u64;

/// The fields that a row reads in any case: numbers.
pub(crate) const SMALL_FIELDS: [&str; 7] = [
    "timestamp",
    "processedOn",
    "finishedOn",
    "atm",
    "attemptsMade",
    "delay",
    "priority",
];

/// The fields that a row reads, each up to a size.
const MEASURED_FIELDS: [(&str, u64); 3] = [
    ("name", LONGEST_NAME),
    ("opts", LARGEST_OPTIONS),
    ("failedReason", LONGEST_REASON),
];

impl Store {
    /// At most `size` rows from `from` (0 is the first), in the state's order: newest first, but delayed jobs soonest first
    /// and prioritized jobs in the order in which they will run.
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
            pipeline.cmd("EXISTS").arg(&key);
            for (field, _) in MEASURED_FIELDS {
                pipeline.cmd("HSTRLEN").arg(&key).arg(field);
            }
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut rows = Vec::with_capacity(ids.len());
        let mut sizes = Vec::with_capacity(ids.len());
        for id in ids {
            let fields = reply::items(answers.next().unwrap_or_default());
            let exists = answers.next().is_some_and(|has| reply::is_something(&has));
            sizes.push(MEASURED_FIELDS.map(|_| {
                let size = answers.next().and_then(reply::number);
                size.unwrap_or(0)
            }));
            let summary = exists.then(|| summary(fields));
            rows.push(JobRow { id, summary });
        }
        self.add_measured(queue, &mut rows, &sizes).await?;
        Ok(rows)
    }

    /// Reads those of the measured fields that are small enough; of the others, only the size is shown.
    async fn add_measured(
        &self,
        queue: &QueueId,
        rows: &mut [JobRow],
        sizes: &[[u64; 3]],
    ) -> Result<(), StoreError> {
        let mut pipeline = redis::pipe();
        for (row, sizes) in rows.iter().zip(sizes) {
            // A field without a name stands for one that is not read.
            let fields = MEASURED_FIELDS.iter().zip(sizes);
            let fields = fields.map(|((field, most), size)| if size <= most { *field } else { "" });
            pipeline
                .cmd("HMGET")
                .arg(keys::of_job(queue, &row.id))
                .arg(fields.collect::<Vec<_>>());
        }
        let answers = self.redis.read(&mut pipeline).await?;
        for ((row, [name_size, _, reason_size]), answer) in rows.iter_mut().zip(sizes).zip(answers)
        {
            let mut fields = reply::items(answer).into_iter();
            let (name, options, reason) = (fields.next(), fields.next(), fields.next());
            let Some(summary) = row.summary.as_mut() else {
                continue;
            };
            summary.name = name_of(name.and_then(reply::text), *name_size);
            summary.attempts =
                attempts_allowed(&options.and_then(reply::bytes).unwrap_or_default());
            summary.failed_reason = match *reason_size > LONGEST_REASON {
                true => Some(format!(
                    "an error of {reason_size} bytes: open the job to read it"
                )),
                false => reason.and_then(reply::text),
            };
        }
        Ok(())
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
}

/// Reads [`SMALL_FIELDS`]; the measured fields come later.
pub(crate) fn summary(fields: Vec<Value>) -> JobSummary {
    let mut fields = fields.into_iter();
    let mut next = || fields.next().unwrap_or_default();
    let mut number = || reply::number(next());
    let (added, started, finished) = (number(), number(), number());
    // BullMQ 5 and 6 write `atm`; 4 writes `attemptsMade`.
    let (atm, attempts_made) = (number(), number());
    let (delay, priority) = (number().unwrap_or(0), number().unwrap_or(0));
    JobSummary {
        name: String::new(),
        added,
        started,
        finished,
        attempts_made: atm.or(attempts_made).unwrap_or(0),
        attempts: None,
        delay,
        priority,
        failed_reason: None,
    }
}

/// The name to show; for a name that is too long to be read, its size.
pub(crate) fn name_of(read: Option<String>, size: u64) -> String {
    match size > LONGEST_NAME {
        true => format!("(a name of {size} bytes)"),
        false => read.unwrap_or_default(),
    }
}

/// How many attempts a job's options allow.
pub(crate) fn attempts_allowed(options: &[u8]) -> Option<u64> {
    #[derive(serde::Deserialize)]
    struct Options {
        attempts: Option<u64>,
    }
    serde_json::from_slice::<Options>(options).ok()?.attempts
}
