//! A drain whose process is killed again and again: every job is deleted once, and counted once.

use std::net::SocketAddr;

use bullkeeper_testkit::moves::{press, until};
use bullkeeper_testkit::process::{done_by, end_lease, serve};
use bullkeeper_testkit::{PASSWORD, Person, Seen, TestApp, free_port};
use reqwest::StatusCode;

const PROGRAM: &str = env!("CARGO_BIN_EXE_bullkeeper");
const JOBS: u64 = 20_000;
const KILLS: u64 = 3;

#[tokio::test]
async fn a_drain_that_is_killed_goes_on_and_counts_each_job_once() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    let fill = "
for i = 1, tonumber(ARGV[1]) do
  redis.call('HSET', 'bull:email/v1:' .. i, 'name', 'send', 'data', '{}', 'opts', '{}', 'timestamp', i, 'delay', 0, 'priority', 0)
  redis.call('RPUSH', 'bull:email/v1:' .. i .. ':logs', 'a line')
  redis.call('LPUSH', 'bull:email/v1:wait', i)
end";
    jobs.run::<()>(&["EVAL", fill, "0", &JOBS.to_string()])
        .await;
    jobs.active("email/v1", "at-work", "{}").await;

    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let url = app.redis.url();
    let mut process = serve(PROGRAM, &url, address).await;
    let admin = Person::new(address, "");
    admin.sign_in("admin", PASSWORD).await;
    let form = [("queue", "email/v1"), ("reason", "a test")];
    let begun = Seen::of(admin.post("/queue/drain", &form).await).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    let run = begun.location().to_owned();
    let mut before = 0;
    for kill in 1..=KILLS {
        while done_by(&mut jobs, &run).await <= before {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        process.kill().await.unwrap();
        before = done_by(&mut jobs, &run).await;
        assert!(before < JOBS, "kill {kill} came too late");
        let left = jobs.length("email/v1", "wait").await;
        assert_eq!(before + left, JOBS, "what is gone is counted");
        if kill > 1 {
            end_lease(&mut jobs, &run).await;
        }
        process = serve(PROGRAM, &url, address).await;
        until(&admin, &run, "interrupted").await;
        press(&admin, &run, "/run/go-on").await;
    }
    let page = until(&admin, &run, "done").await;
    assert!(page.text().contains("20,000 done"), "{}", page.text());
    let keys: Vec<String> = jobs.run(&["KEYS", "bull:email/v1:[0-9]*"]).await;
    assert!(keys.is_empty(), "{} keys are left", keys.len());
    assert!(jobs.data("email/v1", "at-work").await.is_some());
    let entries = jobs.audit().await;
    let outcomes: Vec<&str> = entries
        .iter()
        .filter(|entry| entry.get("action") == "queue.drain")
        .map(|entry| entry.get("outcome"))
        .collect();
    assert_eq!(outcomes.first(), Some(&"intent"));
    assert_eq!(outcomes.last(), Some(&"applied"));
}

#[tokio::test]
async fn a_drain_that_goes_on_after_a_kill_leaves_the_parents_that_it_put_in_line_before() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    // Parents in the same queue, each with one child. The children are taken first: they are at the right end.
    let fill = "
for i = 1, tonumber(ARGV[1]) do
  local job = 'bull:email/v1:' .. i
  redis.call('HSET', job, 'name', 'send', 'data', '{}', 'opts', '{}', 'timestamp', i, 'delay', 0, 'priority', 0)
  if i <= tonumber(ARGV[2]) then
    local parent = 'bull:email/v1:p' .. i
    redis.call('HSET', parent, 'name', 'sum', 'data', '{}', 'opts', '{}', 'timestamp', i, 'delay', 0, 'priority', 0)
    redis.call('ZADD', 'bull:email/v1:waiting-children', i, 'p' .. i)
    redis.call('SADD', parent .. ':dependencies', job)
    redis.call('HSET', job, 'parentKey', parent)
  end
  redis.call('LPUSH', 'bull:email/v1:wait', i)
end";
    const PARENTS: usize = 20;
    jobs.run::<()>(&["EVAL", fill, "0", &JOBS.to_string(), &PARENTS.to_string()])
        .await;

    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let url = app.redis.url();
    let mut process = serve(PROGRAM, &url, address).await;
    let admin = Person::new(address, "");
    admin.sign_in("admin", PASSWORD).await;
    let form = [
        ("queue", "email/v1"),
        ("flows", "delete"),
        ("reason", "a test"),
    ];
    let begun = Seen::of(admin.post("/queue/drain", &form).await).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    let run = begun.location().to_owned();
    while done_by(&mut jobs, &run).await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    process.kill().await.unwrap();
    assert!(
        done_by(&mut jobs, &run).await < JOBS,
        "the kill came too late"
    );
    process = serve(PROGRAM, &url, address).await;
    until(&admin, &run, "interrupted").await;
    press(&admin, &run, "/run/go-on").await;
    let page = until(&admin, &run, "done").await;
    assert!(page.text().contains("20,000 done"), "{}", page.text());
    let left: Vec<String> = jobs.run(&["LRANGE", "bull:email/v1:wait", "0", "-1"]).await;
    assert_eq!(left.len(), PARENTS, "{left:?}");
    for id in &left {
        assert!(id.starts_with('p'), "{id}");
        assert!(jobs.data("email/v1", id).await.is_some(), "{id}");
    }
    process.kill().await.unwrap();
}
