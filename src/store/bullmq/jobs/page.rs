//! The jobs of one state, one page at a time.

use redis::Value;

use super::location::due;
use crate::domain::job::cursor::PlacedJob;
use crate::domain::job::row::{JobRow, JobSummary, ListOrder};
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::bullmq::queues::counts::is_marker;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// The longest failure reason that a row fetches, in bytes: a row shows one line.
const LONGEST_REASON: u64 = 4096;

/// The longest name that is read, in bytes; a longer one is only measured.
pub(crate) const LONGEST_NAME: u64 = 1024;

/// The largest options that a row reads, in bytes; of larger ones the allowed attempts are not shown.
const LARGEST_OPTIONS: u64 = 4096;

/// Data larger than this, in bytes, is not read for a row: a row shows a line of it.
const LARGEST_DATA: u64 = 2048;

/// No list in Redis holds more (2^32 − 1).
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

/// What a row reads of a job up to a size each.
const MEASURED_FIELDS: [(&str, u64); 4] = [
    ("name", LONGEST_NAME),
    ("opts", LARGEST_OPTIONS),
    ("failedReason", LONGEST_REASON),
    ("data", LARGEST_DATA),
];

impl Store {
    /// The rows from `from` (0 is the first) to at most `size` further, in `order`.
    pub async fn list_jobs(
        &self,
        queue: &QueueId,
        state: JobState,
        order: ListOrder,
        from: u64,
        size: u64,
    ) -> Result<Vec<JobRow>, StoreError> {
        let listed = self.list_ids(queue, state, order, from, size).await?;
        self.rows(queue, listed).await
    }

    /// The rows of these jobs of a state, in this order.
    pub async fn rows_of(
        &self,
        queue: &QueueId,
        state: JobState,
        places: Vec<PlacedJob>,
    ) -> Result<Vec<JobRow>, StoreError> {
        let listed = places.into_iter().filter_map(|place| {
            let score = place.score.filter(|_| state == JobState::Delayed);
            Some((JobId::new(place.id)?, score.map(due)))
        });
        self.rows(queue, listed.collect()).await
    }

    async fn rows(
        &self,
        queue: &QueueId,
        listed: Vec<(JobId, Option<u64>)>,
    ) -> Result<Vec<JobRow>, StoreError> {
        if listed.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = redis::pipe();
        for (id, _) in &listed {
            let key = keys::of_job(queue, id);
            pipeline.cmd("HMGET").arg(&key).arg(&SMALL_FIELDS);
            pipeline.cmd("EXISTS").arg(&key);
            for (field, _) in MEASURED_FIELDS {
                pipeline.cmd("HSTRLEN").arg(&key).arg(field);
            }
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut rows = Vec::with_capacity(listed.len());
        let mut sizes = Vec::with_capacity(listed.len());
        for (id, due) in listed {
            let fields = reply::items(answers.next().unwrap_or_default());
            let exists = answers.next().is_some_and(|has| reply::is_something(&has));
            sizes.push(MEASURED_FIELDS.map(|_| {
                let size = answers.next().and_then(reply::number);
                size.unwrap_or(0)
            }));
            let summary = exists.then(|| summary(fields));
            rows.push(JobRow { id, due, summary });
        }
        self.add_measured(queue, &mut rows, &sizes).await?;
        Ok(rows)
    }

    /// Reads those of the measured fields that are small enough; of the others, only the size is shown.
    async fn add_measured(
        &self,
        queue: &QueueId,
        rows: &mut [JobRow],
        sizes: &[[u64; MEASURED_FIELDS.len()]],
    ) -> Result<(), StoreError> {
        let mut pipeline = redis::pipe();
        for (row, sizes) in rows.iter().zip(sizes) {
            // A field without a name stands for one that is not read.
            let fields = MEASURED_FIELDS.iter().zip(sizes);
            let has_failed = sizes[2] > 0;
            let fields = fields.map(|((field, most), size)| match *field {
                "data" if has_failed => "",
                field if size <= most => field,
                _ => "",
            });
            pipeline
                .cmd("HMGET")
                .arg(keys::of_job(queue, &row.id))
                .arg(fields.collect::<Vec<_>>());
        }
        let answers = self.redis.read(&mut pipeline).await?;
        for ((row, sizes), answer) in rows.iter_mut().zip(sizes).zip(answers) {
            let [name_size, _, reason_size, _] = sizes;
            let mut fields = reply::items(answer).into_iter();
            let (name, options) = (fields.next(), fields.next());
            let (reason, data) = (fields.next(), fields.next());
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
            summary.data = data.and_then(reply::text);
        }
        Ok(())
    }

    /// The ids of one page, and when each is due where the state is delayed.
    async fn list_ids(
        &self,
        queue: &QueueId,
        state: JobState,
        order: ListOrder,
        from: u64,
        size: u64,
    ) -> Result<Vec<(JobId, Option<u64>)>, StoreError> {
        // Redis counts with signed numbers; nothing is that far down.
        if from > MOST_ROWS || size == 0 {
            return Ok(Vec::new());
        }
        let range = range(queue, state, order, from, size);
        let answer = self.redis.command(&range).await?;
        let mut listed: Vec<(String, Option<u64>)> = match state {
            JobState::Delayed => reply::scored(answer)
                .into_iter()
                .map(|(id, score)| (id, Some(due(score))))
                .collect(),
            _ => reply::texts(answer)
                .into_iter()
                .map(|id| (id, None))
                .collect(),
        };
        if keys::is_list(state) && order == ListOrder::Reversed {
            listed.reverse();
        }
        Ok(listed
            .into_iter()
            .filter(|(id, _)| !is_marker(id))
            .filter_map(|(id, due)| Some((JobId::new(id)?, due)))
            .collect())
    }
}

/// The command that lists one page of ids. BullMQ pushes new jobs to the head of its lists, and sorts delayed jobs by
/// when they are due, prioritized ones by when they run, and the other sets by when a job came.
fn range(queue: &QueueId, state: JobState, order: ListOrder, from: u64, size: u64) -> redis::Cmd {
    let to = from + size - 1;
    let key = keys::of_state(queue, state);
    if keys::is_list(state) {
        let mut range = redis::cmd("LRANGE");
        match order {
            ListOrder::Usual => range.arg(key).arg(from).arg(to),
            // Counted from the tail, where the oldest is.
            ListOrder::Reversed => range
                .arg(key)
                .arg(-1 - to.cast_signed())
                .arg(-1 - from.cast_signed()),
        };
        return range;
    }
    let rises = matches!(state, JobState::Delayed | JobState::Prioritized);
    let mut range = redis::cmd(match rises == (order == ListOrder::Usual) {
        true => "ZRANGE",
        false => "ZREVRANGE",
    });
    range.arg(key).arg(from).arg(to);
    if state == JobState::Delayed {
        range.arg("WITHSCORES");
    }
    range
}

/// Reads [`SMALL_FIELDS`]; what is measured before it is read comes later.
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
        data: None,
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
