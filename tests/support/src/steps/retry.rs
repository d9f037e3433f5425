//! Retrying a job in a queue of a given BullMQ version, and the result.

use crate::{AuditEntry, Jobs, Person, Seen};

/// Data that a careless program would rewrite.
pub const DATA: &str = r#"{"big":12345678901234567890,"one":1.0}"#;

/// A name, what such a queue's `meta` says of the BullMQ that keeps it, and where that keeps the waiting jobs of a paused
/// queue.
type Keeper = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

/// The kinds of queues there are.
pub const KEEPERS: [Keeper; 5] = [
    (
        "six",
        &[("version", "bullmq:6.7.0"), ("library", "bullmq")],
        "wait",
    ),
    (
        "five",
        &[("version", "bullmq:5.81.0"), ("library", "bullmq")],
        "paused",
    ),
    (
        "four",
        &[("version", "bullmq:4.18.2"), ("library", "bullmq")],
        "paused",
    ),
    ("silent", &[], "paused"),
    ("crate", &[("library", "bullmq-official:0.1.0")], "wait"),
];

/// Says in the queue's `meta` what keeps it, in place of what the harness says.
pub async fn keep_by(jobs: &mut Jobs, queue: &str, fields: &[(&str, &str)], paused: bool) {
    let meta = format!("bull:{queue}:meta");
    jobs.run::<u64>(&["HDEL", &meta, "version", "library"])
        .await;
    for (name, value) in fields {
        jobs.run::<u64>(&["HSET", &meta, name, value]).await;
    }
    if paused {
        jobs.run::<u64>(&["HSET", &meta, "paused", "1"]).await;
    }
}

/// Presses Retry on a job.
pub async fn retry(person: &Person, queue: &str, id: &str) -> Seen {
    let form = [("queue", queue), ("id", id)];
    Seen::of(person.post("/job/retry", &form).await).await
}

/// The ids in one of the lists of a queue, newest first.
pub async fn list(jobs: &mut Jobs, queue: &str, state: &str) -> Vec<String> {
    jobs.run(&["LRANGE", &format!("bull:{queue}:{state}"), "0", "-1"])
        .await
}

/// Whether a job is among the failed ones.
pub async fn is_failed(jobs: &mut Jobs, queue: &str, id: &str) -> bool {
    let score: Option<f64> = jobs
        .run(&["ZSCORE", &format!("bull:{queue}:failed"), id])
        .await;
    score.is_some()
}

/// Action and outcome of entries.
pub fn outcomes(entries: &[AuditEntry]) -> Vec<(&str, &str)> {
    let both = entries
        .iter()
        .map(|entry| (entry.get("action"), entry.get("outcome")));
    both.collect()
}
