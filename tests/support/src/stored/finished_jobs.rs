//! Jobs that have finished, with what they returned or why they failed, and how long they took.

use crate::Jobs;
use crate::wait::now;

/// A job that has finished.
pub struct Done<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its data.
    pub data: &'a str,
    /// What it returned, or why it failed.
    pub end: Result<&'a str, &'a str>,
    /// How long it waited and took, in milliseconds.
    pub times: (u64, u64),
}

/// One that completed and returned this, with a wait of 10 ms and 20 ms of work.
pub fn completed<'a>(id: &'a str, returned: &'a str) -> Done<'a> {
    Done {
        id,
        data: "{}",
        end: Ok(returned),
        times: (10, 20),
    }
}

/// One that failed for this reason.
pub fn failed<'a>(id: &'a str, reason: &'a str) -> Done<'a> {
    Done {
        end: Err(reason),
        ..completed(id, "")
    }
}

/// Stores such a job.
pub async fn finish(jobs: &mut Jobs, queue: &str, done: Done<'_>) {
    jobs.queue(queue, "bullmq:6.7.0").await;
    jobs.hash(queue, done.id, done.data.as_bytes()).await;
    let key = format!("bull:{queue}:{}", done.id);
    let added = now() - 10_000;
    let started = added + done.times.0;
    let finished = started + done.times.1;
    let (field, text, state) = match done.end {
        Ok(returned) => ("returnvalue", returned, "completed"),
        Err(reason) => ("failedReason", reason, "failed"),
    };
    let times = [
        ("timestamp", added),
        ("processedOn", started),
        ("finishedOn", finished),
    ];
    for (name, time) in times {
        jobs.run::<u64>(&["HSET", &key, name, &time.to_string()])
            .await;
    }
    jobs.run::<u64>(&["HSET", &key, field, text, "ats", "1"])
        .await;
    let set = format!("bull:{queue}:{state}");
    jobs.run::<u64>(&["ZADD", &set, &finished.to_string(), done.id])
        .await;
}
