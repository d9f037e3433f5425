//! The queues the benchmark runs on, written as BullMQ 6 leaves them: families of four versions, and jobs spread
//! over five states.

use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

use redis::aio::MultiplexedConnection;

use super::Result;

/// How many states the jobs are spread over: delayed, prioritized, waiting, completed, failed, in turns.
pub(crate) const STATES: usize = 5;

/// How many queues are written in one pipeline.
const A_PIPELINE: usize = 50;

/// One of the seeded jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeededJob {
    /// From 0.
    queue: usize,
    /// From 1.
    number: usize,
}

impl SeededJob {
    /// The jobs of these queues, of which each has so many.
    pub(crate) fn all(queues: Range<usize>, jobs: usize) -> impl Iterator<Item = Self> {
        queues.flat_map(move |queue| (1..=jobs).map(move |number| Self { queue, number }))
    }

    /// The queue's name.
    pub(crate) fn queue(&self) -> String {
        queue_name(self.queue)
    }

    /// The job's id: one that is found in a command only where the job is meant.
    pub(crate) fn id(&self) -> String {
        format!("job-{}", self.number)
    }

    /// The job's data: as seeded, or `edited` in one member.
    pub(crate) fn data(&self, edited: bool) -> String {
        let (id, amount) = (self.number, self.number as f64 * 1.5);
        let checked = if edited { "yes" } else { "not" };
        format!(
            r#"{{"user":{{"id":{id},"email":"u{id}@example.com"}},"amount":{amount:?},"items":[1,2,3],"checked":"{checked}","note":"{}"}}"#,
            "x".repeat(200)
        )
    }
}

/// Which of the states the job of this id was seeded in.
pub(crate) fn state_of(id: &str) -> Option<usize> {
    let number: usize = id.strip_prefix("job-")?.parse().ok()?;
    Some(number.checked_sub(1)? % STATES)
}

/// The name of the queue of this number, from 0.
pub(crate) fn queue_name(queue: usize) -> String {
    format!("family-{}/v{}", queue / 4, queue % 4 + 1)
}

/// Writes so many queues of so many jobs.
pub(crate) async fn seed(
    redis: &mut MultiplexedConnection,
    queues: usize,
    jobs: usize,
) -> Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let now = u64::try_from(now)?;
    let queues: Vec<usize> = (0..queues).collect();
    for some in queues.chunks(A_PIPELINE) {
        let mut pipeline = redis::pipe();
        for &queue in some {
            add_queue(&mut pipeline, queue, jobs, now);
        }
        pipeline.query_async::<()>(redis).await?;
    }
    Ok(())
}

fn add_queue(pipeline: &mut redis::Pipeline, queue: usize, jobs: usize, now: u64) {
    let name = queue_name(queue);
    pipeline
        .cmd("HSET")
        .arg(format!("bull:{name}:meta"))
        .arg(&["opts.maxLenEvents", "10000", "version", "bullmq:6.7.0"])
        .ignore();
    for job in SeededJob::all(queue..queue + 1, jobs) {
        add_job(pipeline, &job, now + job.number as u64);
    }
    let events = format!("bull:{name}:events");
    pipeline
        .cmd("XADD")
        .arg(&events)
        .arg(&["*", "event", "waiting", "jobId", &format!("job-{jobs}")])
        .ignore();
    pipeline.set(format!("bull:{name}:id"), jobs).ignore();
}

fn add_job(pipeline: &mut redis::Pipeline, job: &SeededJob, at: u64) {
    let base = format!("bull:{}", job.queue());
    let (id, key) = (job.id(), format!("{base}:{}", job.id()));
    let priority = 1 + job.number as u64 % 9;
    pipeline
        .cmd("HSET")
        .arg(&key)
        .arg(&["name", "job", "delay", "0", "priority", "0"])
        .arg(&["opts", r#"{"attempts":3}"#])
        .arg("timestamp")
        .arg(at)
        .arg("data")
        .arg(job.data(false))
        .ignore();
    let (state, score) = match state_of(&id) {
        Some(0) => ("delayed", Some((at + 3_600_000) * 4096)),
        Some(1) => ("prioritized", Some((priority << 32) + job.number as u64)),
        Some(2) => ("wait", None),
        Some(3) => ("completed", Some(at + 20)),
        _ => ("failed", Some(at + 20)),
    };
    let finished = ["processedOn", "finishedOn"].map(|field| (field, at + 20));
    match state {
        "delayed" => add_fields(pipeline, &key, &[("delay", "3600000")]),
        "prioritized" => add_fields(pipeline, &key, &[("priority", &priority.to_string())]),
        "completed" => add_fields(
            pipeline,
            &key,
            &[("returnvalue", r#"{"ok":true}"#), ("atm", "1")],
        ),
        "failed" => {
            let stack = r#"["Error: odd user\n    at work (worker.js:10:11)\n    at run (worker.js:20:5)"]"#;
            let fields = [
                ("failedReason", "odd user"),
                ("stacktrace", stack),
                ("atm", "3"),
            ];
            add_fields(pipeline, &key, &fields);
        }
        _ => {}
    }
    if matches!(state, "completed" | "failed") {
        pipeline.hset_multiple(&key, &finished).ignore();
    }
    let place = format!("{base}:{state}");
    match score {
        Some(score) => pipeline.zadd(place, id, score).ignore(),
        None => pipeline.lpush(place, id).ignore(),
    };
}

fn add_fields(pipeline: &mut redis::Pipeline, key: &str, fields: &[(&str, &str)]) {
    pipeline.hset_multiple(key, fields).ignore();
}
