//! The history against the truth: what real workers did, minute by minute, with a restart of Bullkeeper in between.
//!
//! `BULLKEEPER_HISTORY_TEST_MINUTES` says over how many whole minutes, 3 if it is not set.

use std::collections::BTreeMap;
use std::time::Duration;

use bullkeeper::domain::access::Operator;
use bullkeeper::domain::history::point::Coverage;
use bullkeeper::domain::history::range::HistoryRange;
use bullkeeper::domain::queue::QueueId;
use bullkeeper::domain::queue::queue_set::QueueSet;
use serde_json::json;

use crate::harness::bull::{Bull, patient_app};
use bullkeeper_testkit::{Jobs, TestApp, TestRedis, eventually};

const MINUTE: u64 = 60_000;

/// How often an event of this name happened in each minute, by the queue's own stream.
async fn events(jobs: &mut Jobs, name: &str) -> BTreeMap<u64, u64> {
    let read = ["XRANGE", "bull:email/v1:events", "-", "+"];
    let entries: Vec<(String, Vec<String>)> = jobs.run(&read).await;
    let mut minutes = BTreeMap::new();
    for (id, fields) in entries {
        let millis: u64 = id.split('-').next().unwrap().parse().unwrap();
        if fields.chunks(2).any(|pair| pair == ["event", name]) {
            *minutes.entry(millis / MINUTE).or_default() += 1;
        }
    }
    minutes
}

async fn minute(jobs: &mut Jobs) -> u64 {
    let (seconds, _): (u64, u64) = jobs.run(&["TIME"]).await;
    seconds / 60
}

#[tokio::test]
async fn each_minute_of_the_history_equals_what_real_workers_did_across_a_restart() {
    let minutes = std::env::var("BULLKEEPER_HISTORY_TEST_MINUTES");
    let minutes: u64 = minutes.map_or(3, |minutes| minutes.parse().unwrap());
    let mut app = patient_app().await;
    let bull = Bull::on(&app);
    let mut jobs = app.jobs().await;
    let queue = bull.queue(6, "email/v1");
    queue.complete(json!({"count": 1})).await;
    let first = minute(&mut jobs).await + 1;
    let mut pace = tokio::time::interval(Duration::from_millis(700));
    let mut restarted = false;
    while minute(&mut jobs).await <= first + minutes {
        pace.tick().await;
        queue.complete(json!({"count": 4})).await;
        queue.fail(json!({"count": 1})).await;
        if minute(&mut jobs).await >= first + minutes / 2 && !restarted {
            restarted = true;
            app.end().await;
            // Work goes on meanwhile.
            queue.complete(json!({"count": 7})).await;
            // An application of the tests makes its users.
            let users: Vec<String> = jobs.run(&["KEYS", "bullkeeper:user*"]).await;
            for key in users {
                jobs.run::<u64>(&["DEL", &key]).await;
            }
            let redis = std::mem::replace(&mut app.redis, TestRedis::start().await);
            app = TestApp::on(redis, &[("redis_timeout", "15s")]).await;
        }
    }
    eventually("the minutes are recorded", || async {
        let read = ["GET", "bullkeeper:history-recorded"];
        let recorded: Option<u64> = app.jobs().await.run(&read).await;
        recorded.is_some_and(|recorded| recorded >= first + minutes)
    })
    .await;
    let set = QueueSet::Queue(QueueId::new("bull", "email/v1").unwrap());
    let range = HistoryRange::Between(first * MINUTE, (first + minutes) * MINUTE);
    let console = Operator::console();
    let read = app.services.read_history(&console, &set, range).await;
    let read = read.unwrap();
    let (done, failed) = (
        events(&mut jobs, "completed").await,
        events(&mut jobs, "failed").await,
    );
    assert_eq!(read.points.len() as u64, minutes);
    for point in &read.points {
        let minute = point.start_ms / MINUTE;
        let truth = |events: &BTreeMap<u64, u64>| events.get(&minute).copied();
        assert_eq!(point.coverage, Coverage::Whole);
        assert_eq!(point.completed, truth(&done), "minute {minute}");
        assert_eq!(point.failed.filter(|failed| *failed > 0), truth(&failed));
    }
    // What the workers wrote down themselves, by their own clock.
    let told: u64 = jobs
        .run(&[
            "ZCOUNT",
            "bull:email/v1:completed",
            &(first * MINUTE).to_string(),
            &format!("({}", (first + minutes) * MINUTE),
        ])
        .await;
    let counted: u64 = read.points.iter().filter_map(|point| point.completed).sum();
    let differs = told.abs_diff(counted);
    assert!(differs * 100 <= told, "{counted} of {told}");
}
