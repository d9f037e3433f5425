//! The commands that change the jobs, and nothing else, in pipelines.

use redis::Pipeline;
use redis::aio::MultiplexedConnection;

use super::Deed;
use super::lab::Result;
use super::seed::BASE;

/// How many jobs a pipeline is about.
const BATCH: usize = 100;

/// Does it to all jobs.
pub(crate) async fn act(redis: &mut MultiplexedConnection, deed: Deed, jobs: usize) -> Result<()> {
    for first in (1..=jobs).step_by(BATCH) {
        let mut pipeline = redis::pipe();
        for id in first..=jobs.min(first + BATCH - 1) {
            match deed {
                Deed::Retry => retry(&mut pipeline, id),
                Deed::Clean => delete(&mut pipeline, "ZREM", "failed", id),
                Deed::Remove => delete(&mut pipeline, "LREM", "wait", id),
            }
        }
        pipeline.query_async::<()>(redis).await?;
    }
    Ok(())
}

fn retry(pipeline: &mut Pipeline, id: usize) {
    let key = |suffix: &str| format!("{BASE}{suffix}");
    pipeline.zrem(key("failed"), id).ignore();
    let fields = ["failedReason", "returnvalue", "processedOn", "finishedOn"];
    pipeline.hdel(format!("{BASE}{id}"), &fields).ignore();
    pipeline.lpush(key("wait"), id).ignore();
    pipeline.zadd(key("marker"), "0", 0).ignore();
    event(pipeline, "waiting", id);
}

fn delete(pipeline: &mut Pipeline, take: &str, state: &str, id: usize) {
    let mut taken = redis::cmd(take);
    taken.arg(format!("{BASE}{state}"));
    if take == "LREM" {
        // Jobs are removed from the end where they are taken next.
        taken.arg(-1);
    }
    pipeline.add_command(taken.arg(id).to_owned()).ignore();
    let suffixes = [
        "",
        ":lock",
        ":logs",
        ":dependencies",
        ":processed",
        ":failed",
    ];
    let keys: Vec<String> = suffixes.map(|suffix| format!("{BASE}{id}{suffix}")).into();
    pipeline.del(keys).ignore();
    event(pipeline, "removed", id);
}

fn event(pipeline: &mut Pipeline, name: &str, id: usize) {
    pipeline
        .cmd("XADD")
        .arg(format!("{BASE}events"))
        .arg(&["MAXLEN", "~", "10000", "*", "event", name, "jobId"])
        .arg(id)
        .ignore();
}
