//! Failed jobs in groups: what the list and the page of a group say, what differs, and what a job's page shows of it.

mod differs;
mod groups;

use bullkeeper_testkit::finished_jobs::{Done, failed, finish};
use bullkeeper_testkit::{Jobs, now};

/// A job that failed `ago` milliseconds ago, with the frame that it was thrown at.
async fn fails(jobs: &mut Jobs, queue: &str, id: &str, reason: &str, frame: &str, ago: u64) {
    finish(jobs, queue, failed(id, reason)).await;
    let stack = format!("Error: {reason}\n    at {frame}");
    let stacks = serde_json::to_string(&[stack]).unwrap();
    let key = format!("bull:{queue}:{id}");
    let at = (now() - ago).to_string();
    jobs.run::<u64>(&["HSET", &key, "stacktrace", &stacks, "finishedOn", &at])
        .await;
    let set = format!("bull:{queue}:failed");
    jobs.run::<u64>(&["ZADD", &set, &at, id]).await;
}

/// A job with this data that completed.
async fn completes(jobs: &mut Jobs, queue: &str, id: &str, data: &str) {
    let done = Done {
        data,
        ..bullkeeper_testkit::finished_jobs::completed(id, "null")
    };
    finish(jobs, queue, done).await;
}
