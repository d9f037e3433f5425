//! Each condition fires on what BullMQ and Redis really hold. That of a growing backlog takes minutes: `measure.rs` tests it.

use std::collections::BTreeSet;

use bullkeeper_testkit::{Jobs, eventually, now};
use reqwest::StatusCode;

use super::receiver::{Received, Receiver};
use super::{Watched, says};

/// The rules, and the queue that each is to fire in; empty for the server.
const RULES: [(&str, &str); 9] = [
    ("backlog over 2 on many", "many"),
    (
        "failure rate over 50% with at least 3 jobs on failing",
        "failing",
    ),
    ("oldest wait over 1h on old", "old"),
    ("no workers on many", "many"),
    ("late schedulers on reports", "reports"),
    ("stalled on stalling", "stalling"),
    ("redis memory over 1%", ""),
    ("redis eviction policy", ""),
    ("audit gap", ""),
];

/// Says in the queues' streams that jobs failed and stalled. Events are followed from a moment after a queue was found, so that is
/// said again and again.
async fn say_events(jobs: &mut Jobs) {
    for (queue, event) in [("failing", "failed"), ("stalling", "stalled")] {
        let stream = format!("bull:{queue}:events");
        for id in ["1", "2", "3"] {
            let said = ["XADD", &stream, "*", "event", event, "jobId", id];
            jobs.run::<String>(&said).await;
        }
    }
}

/// The rules of which the receiver was told, each with its queue.
fn told(receiver: &Receiver) -> BTreeSet<(String, String)> {
    let of = |one: &Received| {
        let told = one.json();
        let rule = told["rule"].as_str().unwrap();
        let rule = rule.strip_prefix("warning: ").unwrap().to_owned();
        (rule, told["queue"].as_str().unwrap_or("").to_owned())
    };
    receiver.received().iter().map(of).collect()
}

async fn fill(watched: &mut Watched) {
    for id in ["1", "2", "3"] {
        watched.jobs.waiting("many", id, "{}").await;
        watched.jobs.failed("failing", id, "{}").await;
    }
    watched.jobs.waiting("old", "1", "{}").await;
    let hours_ago = (now() - 2 * 3_600_000).to_string();
    let set = ["HSET", "bull:old:1", "timestamp", hours_ago.as_str()];
    watched.jobs.run::<u64>(&set).await;
    watched.jobs.queue("stalling", "bullmq:6.7.0").await;
    // A scheduler whose next job is gone.
    watched.jobs.queue("reports", "bullmq:6.7.0").await;
    for command in [
        &["ZADD", "bull:reports:repeat", "1700000000000", "nightly"][..],
        &["HSET", "bull:reports:repeat:nightly", "every", "60000"],
    ] {
        watched.jobs.run::<u64>(command).await;
    }
    for [name, value] in [["maxmemory-policy", "allkeys-lru"], ["maxmemory", "64mb"]] {
        let set = ["CONFIG", "SET", name, value];
        watched.jobs.run::<()>(&set).await;
    }
}

#[tokio::test]
async fn every_condition_fires_on_what_redis_holds() {
    let rules = RULES.map(|(rule, _)| rule).join(",");
    let mut watched = Watched::start(&rules, "json").await;
    fill(&mut watched).await;
    let (admin, viewer) = (watched.app.admin().await, watched.app.viewer().await);
    // From now on no entry can be written, and one is to be.
    for command in [
        &["DEL", "bullkeeper:audit"][..],
        &["SET", "bullkeeper:audit", "x"],
    ] {
        watched.jobs.run::<redis::Value>(command).await;
    }
    let refused = viewer.post("/alerts/silence", &[]).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);

    let all = RULES.map(|(rule, queue)| (rule.to_owned(), queue.to_owned()));
    let all = BTreeSet::from(all);
    eventually("every rule fires in its queue alone", || {
        let (mut jobs, receiver) = (watched.jobs.clone(), watched.receiver.clone());
        let all = &all;
        async move {
            say_events(&mut jobs).await;
            let told = told(&receiver);
            assert!(told.is_subset(all), "{told:?}");
            told == *all
        }
    })
    .await;
    let words = "the oldest job has waited for 2h";
    says(&admin, "[aria-labelledby=firing-h]", words).await;
}
