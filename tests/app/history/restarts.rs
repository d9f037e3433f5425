//! Nothing is lost and nothing counted twice where Bullkeeper or Redis ends, or where several processes run.

use bullkeeper::domain::history::point::Coverage;
use bullkeeper::service::Services;

use super::{
    MINUTE, at, history, of_queue, recorded_until, redis_now, restarted, until_recorded, work,
};
use bullkeeper_testkit::process::serve;
use bullkeeper_testkit::{Jobs, TestApp, TestRedis, eventually, free_port};

const V6: &str = "bullmq:6.7.0";
const PROGRAM: &str = env!("CARGO_BIN_EXE_bullkeeper");

/// How many jobs were completed in the minute of `since` and after it, and whether that is all.
async fn completed_since(services: &Services, since: u64) -> (u64, bool) {
    let read = history(services, &of_queue("email/v1"), 30).await;
    let points = || {
        read.points
            .iter()
            .filter(|point| point.start_ms + MINUTE > since)
    };
    (
        points().filter_map(|point| point.completed).sum(),
        points().all(|point| point.coverage == Coverage::Whole),
    )
}

#[tokio::test]
async fn a_restart_in_the_middle_of_a_minute_loses_nothing() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let since = recorded_until(&mut jobs, 5).await;
    jobs.queue("email/v1", V6).await;
    let mut app = TestApp::on(redis, &[]).await;
    until_recorded(&app, since + 3 * MINUTE).await;
    let now = redis_now(&mut jobs).await;
    work(&mut jobs, "email/v1", now, 5, (1, 1)).await;
    eventually("the first five are seen", || async {
        completed_since(&app.services, now).await == (5, true)
    })
    .await;
    app.end().await;
    // Work goes on meanwhile.
    let later = redis_now(&mut jobs).await.max(now + 20);
    work(&mut jobs, "email/v1", later, 7, (1, 1)).await;
    let app = restarted(app).await;
    let again = redis_now(&mut jobs).await.max(later + 20);
    work(&mut jobs, "email/v1", again, 2, (1, 1)).await;
    eventually("all are seen", || async {
        completed_since(&app.services, now).await == (14, true)
    })
    .await;
}

#[tokio::test]
async fn a_killed_redis_costs_no_minute() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let since = recorded_until(&mut jobs, 5).await;
    jobs.queue("email/v1", V6).await;
    work(&mut jobs, "email/v1", since + MINUTE, 3, (1, 1)).await;
    let mut app = TestApp::on(redis, &[]).await;
    until_recorded(&app, since + 3 * MINUTE).await;
    let now = redis_now(&mut jobs).await;
    work(&mut jobs, "email/v1", now, 5, (1, 1)).await;
    eventually("five are seen", || async {
        completed_since(&app.services, now).await == (5, true)
    })
    .await;
    app.redis.kill();
    app.redis.start_again().await;
    let mut jobs = app.jobs().await;
    let later = redis_now(&mut jobs).await.max(now + 20);
    work(&mut jobs, "email/v1", later, 7, (1, 1)).await;
    // Redis loses what was recorded, as one without a disk would.
    let key = "bullkeeper:history:bull:email/v1";
    jobs.run::<u64>(&["DEL", key, "bullkeeper:history-recorded"])
        .await;
    until_recorded(&app, since + 3 * MINUTE).await;
    eventually("all are seen", || async {
        completed_since(&app.services, now).await == (12, true)
    })
    .await;
    let read = history(&app.services, &of_queue("email/v1"), 30).await;
    assert_eq!(at(&read, since + MINUTE).completed, Some(3));
}

async fn leader(jobs: &mut Jobs) -> Option<String> {
    jobs.run(&["GET", "bullkeeper:leader"]).await
}

#[tokio::test]
async fn a_second_process_counts_nothing_twice_and_records_once_the_first_is_killed() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let since = recorded_until(&mut jobs, 10).await;
    jobs.queue("email/v1", V6).await;
    work(&mut jobs, "email/v1", since + MINUTE, 6, (10, 100)).await;
    // It never leads, and reads what the others recorded.
    let reader = TestApp::on(redis, &[("read_only", "true")]).await;
    let url = reader.redis.url();
    let until = since + 5 * MINUTE;
    // Another range each time, so that no kept reading is the answer.
    let told = async |minutes: u64| {
        until_recorded(&reader, until + MINUTE).await;
        let read = history(&reader.services, &of_queue("email/v1"), minutes).await;
        at(&read, since + MINUTE).completed
    };
    let address = |port| std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let mut first = serve(PROGRAM, &url, address(free_port())).await;
    assert_eq!(told(30).await, Some(6));
    let led = leader(&mut jobs).await;
    // The second one follows the same events.
    recorded_until(&mut jobs, 10).await;
    let _second = serve(PROGRAM, &url, address(free_port())).await;
    assert_eq!(told(31).await, Some(6));
    assert_eq!(leader(&mut jobs).await, led);
    first.kill().await.unwrap();
    let key = "bullkeeper:history:bull:email/v1";
    jobs.run::<u64>(&["DEL", key, "bullkeeper:history-recorded"])
        .await;
    assert_eq!(told(32).await, Some(6));
    assert_ne!(leader(&mut jobs).await, led);
}

#[tokio::test]
async fn of_two_processes_one_leads_and_the_other_once_it_ends() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    bullkeeper_testkit::make_users(&redis).await;
    let address = |port| std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let mut first = serve(PROGRAM, &redis.url(), address(free_port())).await;
    eventually("the first one leads", || async {
        leader(&mut jobs.clone()).await.is_some()
    })
    .await;
    let led = leader(&mut jobs).await;
    let mut second = serve(PROGRAM, &redis.url(), address(free_port())).await;
    assert_eq!(leader(&mut jobs).await, led, "one leads");
    let pid = first.id().unwrap().to_string();
    let told = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status();
    assert!(told.unwrap().success());
    first.wait().await.unwrap();
    let given_back = leader(&mut jobs).await;
    assert_ne!(given_back, led, "the lease is given back at once");
    eventually("the second one leads", || async {
        let now = leader(&mut jobs.clone()).await;
        now.is_some() && now != led
    })
    .await;
    second.kill().await.unwrap();
}
