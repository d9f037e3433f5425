//! The script of a repair, sent in pipelines with arguments like a run's, and nothing else: no job is looked for, judged or read.

use redis::Script;
use redis::aio::MultiplexedConnection;

use super::BASE;
use super::lab::Result;

/// How many jobs a pipeline is about.
const BATCH: usize = 100;

const CODE: &str = concat!(
    include_str!("../../src/store/records/runs/step.lua"),
    include_str!("../../src/store/bullmq/operations/scripts/parts/enqueue.lua"),
    include_str!("../../src/store/bullmq/operations/scripts/parts/all_or_nothing.lua"),
    include_str!("../../src/store/bullmq/operations/scripts/parts/operation.lua"),
    include_str!("../../src/store/bullmq/operations/scripts/parts/repair_data.lua"),
    include_str!("../../src/store/bullmq/operations/scripts/repair.lua"),
);

const RUN: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// The keys of the queue before the prefix of the job's keys, and behind it.
const BEFORE: [&str; 9] = [
    "meta",
    "events",
    "wait",
    "paused",
    "active",
    "delayed",
    "prioritized",
    "completed",
    "failed",
];
const AFTER: [&str; 4] = ["waiting-children", "repeat", "pc", "marker"];

/// The data of a job: with a text for its amount, or repaired.
pub(crate) fn data(id: usize, is_text: bool) -> String {
    let filler = "x".repeat(250);
    match is_text {
        true => format!(r#"{{"amount":"{id}.25","text":"{filler}"}}"#),
        false => format!(r#"{{"amount":{id}.25,"text":"{filler}"}}"#),
    }
}

/// Repairs all jobs.
pub(crate) async fn repair(redis: &mut MultiplexedConnection, jobs: usize) -> Result<()> {
    let script = Script::new(CODE);
    script.prepare_invoke().load_async(redis).await?;
    let mut begin = redis::pipe();
    begin
        .hset(format!("bullkeeper:run:{RUN}"), "state", "running")
        .ignore();
    begin
        .set(format!("bullkeeper:run-lease:{RUN}"), "token")
        .ignore();
    begin.query_async::<()>(redis).await?;
    for first in (1..=jobs).step_by(BATCH) {
        let mut pipeline = redis::pipe();
        for id in first..=jobs.min(first + BATCH - 1) {
            pipeline.add_command(call(script.get_hash(), id)).ignore();
        }
        pipeline.query_async::<()>(redis).await?;
    }
    Ok(())
}

fn call(hash: &str, id: usize) -> redis::Cmd {
    let mut call = redis::cmd("EVALSHA");
    call.arg(hash).arg(21);
    call.arg(format!("{BASE}{id}"))
        .arg(format!("{BASE}{id}:lock"));
    for suffix in BEFORE {
        call.arg(format!("{BASE}{suffix}"));
    }
    call.arg(format!("{BASE}{id}:"));
    for suffix in AFTER {
        call.arg(format!("{BASE}{suffix}"));
    }
    call.arg("bullkeeper:audit")
        .arg(format!("bullkeeper:audit:bull:bench:{id}"))
        .arg(format!("bullkeeper:audit-change:{id}"))
        .arg(format!("bullkeeper:run:{RUN}"))
        .arg(format!("bullkeeper:run-lease:{RUN}"));
    call.arg(id)
        .arg(0)
        .arg("token")
        .arg(60_000)
        .arg(1_700_000_000_000_u64)
        .arg(RUN);
    call.arg(5)
        .arg("keep")
        .arg("")
        .arg(data(id, true))
        .arg(data(id, false))
        .arg("failed");
    call.arg(0);
    for (name, value) in entry(id) {
        call.arg(name).arg(value);
    }
    call
}

/// The fields of an entry, as long as those of a real one.
fn entry(id: usize) -> Vec<(&'static str, String)> {
    let hash = "0123456789abcdef".repeat(4);
    let patch = format!(
        r#"[{{"op":"test","path":"/amount","value":"{id}.25"}},{{"op":"replace","path":"/amount","value":{id}.25}}]"#
    );
    let text = |text: &str| text.to_owned();
    vec![
        ("v", text("2")),
        ("time", text("2026-01-01T00:00:00.000Z")),
        ("event", text(RUN)),
        ("request", text(RUN)),
        ("actor", text("admin")),
        ("actor_kind", text("user")),
        ("role", text("admin")),
        ("ip", text("127.0.0.1")),
        ("user_agent", text("a benchmark")),
        ("prefix", text("bull")),
        ("queue", text("bench")),
        ("job", id.to_string()),
        ("state", text("failed")),
        ("run", text(RUN)),
        ("action", text("job.edit")),
        ("before", hash.clone()),
        ("after", hash),
        ("patch", patch),
        ("reason", text("a benchmark")),
        ("outcome", text("applied")),
    ]
}
