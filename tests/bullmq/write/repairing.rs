//! A repair of waiting jobs while real workers run them, and while its process is killed: each job is repaired once or ran before it
//! could be, no worker loses one, each sees its data whole, and undone every byte is back.
//!
//! `BULLKEEPER_KILLED_JOBS` and `BULLKEEPER_KILLS` make it larger: the proof is 100,000 jobs and 10 kills.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use serde_json::json;

use crate::harness::bull::{Bull, patient_app};
use bullkeeper_testkit::killed::{number, until_at_last};
use bullkeeper_testkit::moves::{press, state_of, until};
use bullkeeper_testkit::process::{done_by, end_lease, serve};
use bullkeeper_testkit::{EditForm, PASSWORD, Person, Seen, free_port, undo_runs};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bullkeeper");

/// How many jobs wait, and how often the process is killed, unless the environment says more.
const JOBS: u64 = 3_000;
const KILLS: u64 = 3;

const BEFORE: &str = r#"{"amount":"12,50","keep":1.0}"#;
const AFTER: &str = r#"{"amount":12.5,"keep":1.0}"#;

async fn each_waiting_job_is_repaired_once_or_ran_before(major: u32) {
    let all = number("BULLKEEPER_KILLED_JOBS", JOBS);
    let kills = number("BULLKEEPER_KILLS", KILLS);
    let app = patient_app().await;
    let mut jobs = app.jobs().await;
    let queue = Bull::on(&app).queue(major, "billing");
    queue
        .add(json!({"name": "charge", "rawData": BEFORE}))
        .await;
    // The same as BullMQ's own, many times.
    let script = "
local fields = redis.call('HGETALL', 'bull:billing:1')
for i = 2, tonumber(ARGV[1]) do
  redis.call('HSET', 'bull:billing:' .. i, unpack(fields))
  redis.call('LPUSH', 'bull:billing:wait', i)
end
redis.call('SET', 'bull:billing:id', ARGV[1])";
    jobs.run::<()>(&["EVAL", script, "0", &all.to_string()])
        .await;

    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let mut keeper = serve(PROGRAM, &app.redis.url(), address).await;
    let admin = Person::new(address, "");
    admin.sign_in("admin", PASSWORD).await;
    let asked = [
        ("queue", "billing"),
        ("state", "waiting"),
        ("kind", "steps"),
        ("what", "convert"),
        ("at", "/amount"),
        ("to", "number"),
    ];
    let page = Seen::of(admin.post("/repair/review", &asked).await).await;
    let form = EditForm::of(&page, "/repair/run");
    let count = form.get("count").to_owned();
    let form = form
        .set("typed_count", &count)
        .set("confirm", "1")
        .set("reason", "amounts are numbers");
    queue.ask("employ", json!({"takes": 1})).await;
    let begun = Seen::of(admin.post("/repair/run", &form.pairs()).await).await;
    let run = begun.location().to_owned();
    for kill in 1..=kills {
        let before = done_by(&mut jobs, &run).await;
        while done_by(&mut jobs, &run).await <= before && state_of(&admin, &run).await == "running"
        {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        if state_of(&admin, &run).await != "running" {
            break;
        }
        keeper.kill().await.unwrap();
        if kill > 1 {
            end_lease(&mut jobs, &run).await;
        }
        keeper = serve(PROGRAM, &app.redis.url(), address).await;
        if state_of(&admin, &run).await == "done" {
            break;
        }
        until(&admin, &run, "interrupted").await;
        press(&admin, &run, "/run/go-on").await;
    }
    until_at_last(&admin, &run, "done", all).await;
    let done = done_by(&mut jobs, &run).await;
    queue.ask("dismiss", json!({})).await;

    let mut repaired = BTreeSet::new();
    jobs.each_audit_entry(|entry| {
        if entry.get("action").starts_with("job.") {
            assert_eq!(entry.get("action"), "job.edit");
            let first = repaired.insert(entry.get("job").to_owned());
            assert!(first, "{major}: repaired twice");
        }
    })
    .await;
    assert_eq!(repaired.len() as u64, done, "{major}");
    assert!(
        done > 0,
        "{major}: the workers were faster than every piece"
    );
    for id in 1..=all {
        let id = id.to_string();
        let stored = jobs.data("billing", &id).await.unwrap();
        let expected = if repaired.contains(&id) {
            AFTER
        } else {
            BEFORE
        };
        assert_eq!(
            String::from_utf8(stored).unwrap(),
            expected,
            "{major}: {id}"
        );
    }
    let counts = queue.counts().await;
    assert_eq!(
        counts.values().sum::<u64>(),
        all,
        "{major}: none is lost: {counts:?}"
    );
    let waiting = jobs.length("billing", "wait").await;
    let unrepaired: Vec<String> = jobs.run(&["LRANGE", "bull:billing:wait", "0", "-1"]).await;
    assert_eq!(waiting, unrepaired.len() as u64);
    let left = unrepaired.iter().filter(|id| !repaired.contains(*id));
    assert_eq!(left.count(), 0, "{major}: what still waits is repaired");

    let page = undo_runs::dry_run(&admin, &run).await;
    let undo = undo_runs::begin(&admin, &page).await;
    until_at_last(&admin, &undo, "done", all).await;
    assert_eq!(done_by(&mut jobs, &undo).await, done, "{major}");
    for id in 1..=all {
        let stored = jobs.data("billing", &id.to_string()).await.unwrap();
        assert_eq!(stored, BEFORE.as_bytes(), "{major}: {id}");
    }
}

#[tokio::test]
async fn while_workers_of_bullmq_6_run_them_each_waiting_job_is_repaired_once_or_ran_before() {
    each_waiting_job_is_repaired_once_or_ran_before(6).await;
}

#[tokio::test]
async fn while_workers_of_bullmq_5_run_them_each_waiting_job_is_repaired_once_or_ran_before() {
    each_waiting_job_is_repaired_once_or_ran_before(5).await;
}

#[tokio::test]
async fn a_job_that_is_repaired_and_retried_is_taken_by_a_worker_with_its_new_data() {
    let app = patient_app().await;
    for major in [4, 5, 6] {
        let name = format!("billing{major}");
        let queue = Bull::on(&app).queue(major, &name);
        let id = queue
            .fail(json!({"name": "charge", "rawData": BEFORE}))
            .await;
        let admin = app.admin().await;
        let asked = [
            ("queue", name.as_str()),
            ("state", "failed"),
            ("kind", "merge"),
            ("merge", "{\"amount\":12.5}"),
            ("retry", "1"),
        ];
        let page = Seen::of(admin.post("/repair/review", &asked).await).await;
        let form = EditForm::of(&page, "/repair/run");
        let form = form.set("confirm", "1").set("reason", "a number");
        let begun = Seen::of(admin.post("/repair/run", &form.pairs()).await).await;
        until(&admin, begun.location(), "done").await;
        let attempts = queue.finish_all(&[&id]).await;
        assert_eq!(attempts[0].raw, AFTER.as_bytes(), "BullMQ {major}");
        assert_eq!(
            attempts[0].saw, r#"{"amount":12.5,"keep":1}"#,
            "BullMQ {major}"
        );
    }
}
