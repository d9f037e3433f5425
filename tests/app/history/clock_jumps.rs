//! Clocks that jump take nothing from what was recorded, claim nothing, and fill Redis with nothing.

use bullkeeper::domain::history::point::Coverage;

use super::{
    MINUTE, at, event, history, of_queue, recorded, recorded_until, redis_now, until_recorded, work,
};
use bullkeeper_testkit::{Jobs, TestApp, TestRedis, eventually};

const V6: &str = "bullmq:6.7.0";
const KEY: &str = "bullkeeper:history:bull:email/v1";
const HOUR: u64 = 60 * MINUTE;

/// An application that has recorded five jobs in the second of the last minutes; the first of these, in Unix milliseconds.
async fn with_five_jobs() -> (TestApp, Jobs, u64) {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let since = recorded_until(&mut jobs, 10).await;
    jobs.queue("email/v1", V6).await;
    work(&mut jobs, "email/v1", since + MINUTE, 5, (10, 100)).await;
    let app = TestApp::on(redis, &[("redis_timeout", "15s")]).await;
    until_recorded(&app, since + 8 * MINUTE).await;
    (app, jobs, since)
}

/// How much is known of a minute, and how many jobs were completed in it.
async fn told(app: &TestApp, minutes: u64, start_ms: u64) -> (Coverage, Option<u64>) {
    // Another range each time, so that no kept reading is the answer.
    let read = history(&app.services, &of_queue("email/v1"), minutes).await;
    let point = at(&read, start_ms);
    (point.coverage, point.completed)
}

/// The minutes that are recorded by themselves.
async fn minutes(jobs: &mut Jobs) -> Vec<u64> {
    let fields: Vec<String> = jobs.run(&["HKEYS", KEY]).await;
    let minutes = fields.iter().filter_map(|field| field.strip_prefix('o'));
    minutes.map(|minute| minute.parse().unwrap()).collect()
}

#[tokio::test]
async fn where_redis_clock_went_back_nothing_is_claimed_and_nothing_recorded_is_lost() {
    let (app, mut jobs, since) = with_five_jobs().await;
    let (busy, quiet) = (since + MINUTE, since + 5 * MINUTE);
    assert_eq!(told(&app, 30, busy).await, (Coverage::Whole, Some(5)));
    assert_eq!(told(&app, 30, quiet).await, (Coverage::Whole, Some(0)));
    // A stream's ids only grow: whatever happens from here on has the time that the clock had before.
    let ahead = redis_now(&mut jobs).await + 3 * HOUR;
    for job in ["a", "b"] {
        event(&mut jobs, "email/v1", ahead, "completed", job).await;
    }
    eventually("the events are read", || async {
        let now = app.services.overview().now();
        now.queues
            .iter()
            .any(|queue| queue.read_to.is_some_and(|newest| newest >= ahead))
    })
    .await;
    recorded_until(&mut jobs, 10).await;
    until_recorded(&app, since + 8 * MINUTE).await;
    assert_eq!(told(&app, 31, busy).await, (Coverage::Whole, Some(5)));
    assert_eq!(told(&app, 31, quiet).await, (Coverage::Whole, Some(0)));
    let running = redis_now(&mut jobs).await / MINUTE * MINUTE;
    let now = told(&app, 32, running).await;
    assert_eq!(now, (Coverage::Nothing, None), "{running}");
    let last = recorded(&mut jobs).await / MINUTE;
    let kept = minutes(&mut jobs).await;
    assert!(kept.iter().all(|minute| *minute <= last), "{kept:?}");
    assert!(kept.len() <= 60, "{kept:?}");
}

#[tokio::test]
async fn where_redis_clock_was_ahead_recording_goes_on_where_it_is_now() {
    let (app, mut jobs, since) = with_five_jobs().await;
    for days in [1, 400, 40_000] {
        let ahead = redis_now(&mut jobs).await / MINUTE + days * 1440;
        let set = ["SET", "bullkeeper:history-recorded", &ahead.to_string()];
        jobs.run::<()>(&set).await;
        eventually("recording goes on", || async {
            let mut jobs = jobs.clone();
            recorded(&mut jobs).await <= redis_now(&mut jobs).await
        })
        .await;
    }
    let busy = told(&app, 30, since + MINUTE).await;
    assert_eq!(busy, (Coverage::Whole, Some(5)));
    let now = redis_now(&mut jobs).await;
    work(&mut jobs, "email/v1", now, 3, (1, 1)).await;
    eventually("what happens now is seen", || async {
        let minutes = 31 + redis_now(&mut jobs.clone()).await % 20;
        told(&app, minutes, now / MINUTE * MINUTE).await == (Coverage::Whole, Some(3))
    })
    .await;
    let keys: Vec<String> = jobs.run(&["KEYS", "bullkeeper:history*"]).await;
    // The queue, all together, the list of them, how far, and the minutes of one day, or two around midnight.
    assert!((5..=6).contains(&keys.len()), "{keys:?}");
}
