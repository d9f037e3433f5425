//! The history against the truth: what real workers did, minute by minute, with a restart of Bullkeeper and one of Redis in between.
//!
//! `BULLKEEPER_HISTORY_TEST_MINUTES` says over how many minutes, 2 if it is not set. Nextest ends tests after five minutes:
//! `BULLKEEPER_HISTORY_TEST_MINUTES=10 cargo test --test bullmq read::history -- --nocapture` runs it for longer.

use std::collections::BTreeMap;
use std::time::Duration;

use bullkeeper::domain::access::Operator;
use bullkeeper::domain::history::point::Coverage;
use bullkeeper::domain::history::range::HistoryRange;
use bullkeeper::domain::queue::QueueId;
use bullkeeper::domain::queue::queue_set::QueueSet;
use serde_json::json;

use crate::harness::bull::{Bull, Queue};
use bullkeeper_testkit::{Jobs, TestApp, TestRedis, eventually};

const MINUTE: u64 = 60_000;

/// A machine that runs many tests may be slow.
const PATIENT: [(&str, &str); 1] = [("redis_timeout", "15s")];

/// How often workers completed and failed jobs in each minute, by the events that they added.
#[derive(Default)]
struct Truth {
    read_to: String,
    completed: BTreeMap<u64, u64>,
    failed: BTreeMap<u64, u64>,
}

impl Truth {
    /// Reads the events since the last time: the stream keeps only so many.
    async fn read(&mut self, jobs: &mut Jobs) {
        let after = match self.read_to.as_str() {
            "" => "-".to_owned(),
            last => format!("({last}"),
        };
        let read = ["XRANGE", "bull:email/v1:events", &after, "+"];
        let entries: Vec<(String, Vec<String>)> = jobs.run(&read).await;
        for (id, fields) in entries {
            let millis: u64 = id.split('-').next().unwrap().parse().unwrap();
            let is = |name: &str| fields.chunks(2).any(|pair| pair == ["event", name]);
            if is("completed") {
                *self.completed.entry(millis / MINUTE).or_default() += 1;
            } else if is("failed") {
                *self.failed.entry(millis / MINUTE).or_default() += 1;
            }
            self.read_to = id;
        }
    }
}

async fn minute(jobs: &mut Jobs) -> u64 {
    let (seconds, _): (u64, u64) = jobs.run(&["TIME"]).await;
    seconds / 60
}

/// Bullkeeper ends and begins again, while work goes on.
async fn restart_bullkeeper(mut app: TestApp, queue: &Queue) -> TestApp {
    app.end().await;
    queue.complete(json!({"count": 7})).await;
    // An application of the tests makes its users.
    let mut jobs = app.jobs().await;
    let users: Vec<String> = jobs.run(&["KEYS", "bullkeeper:user*"]).await;
    for key in users {
        jobs.run::<u64>(&["DEL", &key]).await;
    }
    let redis = std::mem::replace(&mut app.redis, TestRedis::start().await);
    TestApp::on(redis, &PATIENT).await
}

/// Redis ends in good order and begins again with what it has on disk.
async fn restart_redis(app: &mut TestApp) {
    app.redis.end();
    app.redis.start_again().await;
}

fn is_within_a_percent(counted: u64, truth: u64) -> bool {
    counted.abs_diff(truth) * 100 <= truth
}

#[tokio::test]
async fn the_history_equals_what_real_workers_did_across_restarts_of_bullkeeper_and_redis() {
    let minutes = std::env::var("BULLKEEPER_HISTORY_TEST_MINUTES");
    let minutes: u64 = minutes.map_or(2, |minutes| minutes.parse().unwrap());
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    // As if recording had ended with the minute before, so that the running one is whole: nothing happened in it yet.
    let first = minute(&mut jobs).await;
    let before = (first - 1).to_string();
    jobs.run::<()>(&["SET", "bullkeeper:history-recorded", &before])
        .await;
    let mut app = TestApp::on(redis, &PATIENT).await;
    let bull = Bull::on(&app);
    let queue = bull.queue(6, "email/v1");
    let mut truth = Truth::default();
    let began = tokio::time::Instant::now();
    let third = Duration::from_secs(minutes * 20);
    let mut pace = tokio::time::interval(Duration::from_millis(700));
    let (mut restarted, mut redis_restarted) = (false, false);
    while minute(&mut jobs).await < first + minutes {
        pace.tick().await;
        queue.complete(json!({"count": 4})).await;
        queue.fail(json!({"count": 1})).await;
        truth.read(&mut jobs).await;
        // Of the first minute some seconds may be left only.
        if began.elapsed() >= third.saturating_sub(Duration::from_secs(20)) && !restarted {
            restarted = true;
            app = restart_bullkeeper(app, &queue).await;
        }
        if began.elapsed() >= third && !redis_restarted {
            redis_restarted = true;
            restart_redis(&mut app).await;
            jobs = app.jobs().await;
        }
    }
    assert!(restarted && redis_restarted);
    truth.read(&mut jobs).await;
    eventually("the minutes are recorded", || async {
        let read = ["GET", "bullkeeper:history-recorded"];
        let recorded: Option<u64> = app.jobs().await.run(&read).await;
        recorded.is_some_and(|recorded| recorded + 1 >= first + minutes)
    })
    .await;
    let set = QueueSet::Queue(QueueId::new("bull", "email/v1").unwrap());
    let range = HistoryRange::Between(first * MINUTE, (first + minutes) * MINUTE);
    let console = Operator::console();
    let read = app.services.read_history(&console, &set, range).await;
    let read = read.unwrap();
    assert_eq!(read.points.len() as u64, minutes);
    let (mut counted, mut failed) = (0, 0);
    for point in &read.points {
        let minute = point.start_ms / MINUTE;
        let of = |events: &BTreeMap<u64, u64>| events.get(&minute).copied().unwrap_or_default();
        let (told, did) = (
            (point.completed.unwrap(), point.failed.unwrap()),
            (of(&truth.completed), of(&truth.failed)),
        );
        println!("minute {minute}: {told:?} told, {did:?} done (completed and failed)");
        assert_eq!(point.coverage, Coverage::Whole, "minute {minute}");
        assert!(is_within_a_percent(told.0, did.0), "{told:?} of {did:?}");
        assert!(is_within_a_percent(told.1, did.1), "{told:?} of {did:?}");
        counted += told.0;
        failed += told.1;
    }
    // What the workers wrote down themselves, by their own clock.
    let (from, to) = (first * MINUTE, (first + minutes) * MINUTE);
    for (state, counted) in [("completed", counted), ("failed", failed)] {
        let (key, from, to) = (format!("bull:email/v1:{state}"), from.to_string(), to);
        let told: u64 = jobs.run(&["ZCOUNT", &key, &from, &format!("({to}")]).await;
        println!("{counted} {state}, {told} by the workers' own clock");
        assert!(
            is_within_a_percent(counted, told),
            "{counted} {state} of {told}"
        );
    }
}
