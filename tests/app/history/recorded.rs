//! What is recorded equals what happened, for those who may see it.

use bullkeeper::domain::history::point::Coverage;
use bullkeeper::domain::history::range::Resolution;
use bullkeeper::domain::queue::queue_set::QueueSet;

use super::{
    MINUTE, at, event, history, history_of, of_queue, recorded, recorded_until, redis_now,
    restarted_from, until_recorded, work,
};
use bullkeeper_testkit::{Jobs, TestApp, TestRedis};

const V6: &str = "bullmq:6.7.0";

#[tokio::test]
async fn minutes_recorded_equal_what_was_done() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let since = recorded_until(&mut jobs, 10).await;
    jobs.queue("email/v1", V6).await;
    work(&mut jobs, "email/v1", since + MINUTE, 5, (200, 2_000)).await;
    for job in ["a", "b"] {
        event(&mut jobs, "email/v1", since + 3 * MINUTE, "failed", job).await;
    }
    let app = TestApp::on(redis, &[]).await;
    until_recorded(&app, since + 8 * MINUTE).await;
    let read = history(&app.services, &of_queue("email/v1"), 30).await;
    assert_eq!((read.resolution, read.queues), (Resolution::Minute, 1));
    let busy = at(&read, since + MINUTE);
    let counts = (busy.added, busy.completed, busy.failed);
    assert_eq!(counts, (Some(5), Some(5), Some(0)));
    let (waiting, processing) = (busy.waiting.unwrap(), busy.processing.unwrap());
    assert_eq!((waiting.samples, processing.samples), (5, 5));
    assert!((100.0..=300.0).contains(&waiting.p50_ms), "{waiting:?}");
    assert!(
        (1000.0..=3000.0).contains(&processing.p99_ms),
        "{processing:?}"
    );
    assert_eq!(at(&read, since + 3 * MINUTE).failed, Some(2));
    let quiet = at(&read, since + 2 * MINUTE);
    assert_eq!(
        (quiet.coverage, quiet.completed),
        (Coverage::Whole, Some(0))
    );
    let before = at(&read, since - MINUTE);
    assert_eq!(
        (before.coverage, before.completed),
        (Coverage::Nothing, None)
    );
    assert!(read.bytes > 0 && read.since_ms.is_some());
    let whole = at(&read, since).coverage;
    assert_eq!(whole, Coverage::Whole, "it is known that nothing happened");
}

/// A minute as it is stored: four jobs added and completed, each after 20 ms of waiting and 300 ms of work.
pub(super) fn stored_minute() -> Vec<u8> {
    // The version, that it is whole, the number of events, the counts, outstanding and workers unknown, and the buckets.
    let mut bytes = vec![1, 2, 0, 0, 0, 8, 4, 4, 0, 0, 0, 8, 4, 32, 4];
    let check = crc32fast::hash(&bytes) as u16;
    bytes.extend(check.to_le_bytes());
    bytes
}

#[tokio::test]
async fn ended_hours_are_put_together_and_read_the_same_as_minutes_five_minutes_and_hours() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let since = recorded_until(&mut jobs, 10).await;
    jobs.queue("email/v1", V6).await;
    // As if a process had recorded three hours ago, and long ago, and ended before the hour did.
    let key = "bullkeeper:history:bull:email/v1";
    let (then, long_ago) = (since / MINUTE - 180, since / MINUTE - 40 * 1440);
    for minute in [then, long_ago] {
        let mut set = redis::cmd("HSET");
        set.arg(key).arg(format!("o{minute}")).arg(stored_minute());
        set.query_async::<()>(&mut jobs.0).await.unwrap();
    }
    let known = ["ZADD", "bullkeeper:history-queues", "1", "bull:email/v1"];
    jobs.run::<()>(&known).await;
    let bits = format!("bullkeeper:history-minutes:{}", then / 1440);
    let place = (then % 1440).to_string();
    jobs.run::<()>(&["SETBIT", &bits, &place, "1"]).await;
    let app = TestApp::on(redis, &[]).await;
    bullkeeper_testkit::eventually("the hour is put together", || async {
        let fields: Vec<String> = app.jobs().await.run(&["HKEYS", key]).await;
        let is_there = |field: String| fields.contains(&field);
        is_there(format!("m{}", then / 60))
            && is_there(format!("f{}", then / 1440))
            && !is_there(format!("o{then}"))
            && !is_there(format!("o{long_ago}"))
            && !is_there(format!("m{}", long_ago / 60))
    })
    .await;
    let services = &app.services;
    for (minutes, resolution) in [
        (6 * 60, Resolution::Minute),
        (24 * 60, Resolution::FiveMinutes),
        (7 * 1440, Resolution::Hour),
    ] {
        let read = history(services, &of_queue("email/v1"), minutes).await;
        assert_eq!(read.resolution, resolution);
        let start = then * MINUTE - then * MINUTE % resolution.millis();
        let point = at(&read, start);
        let counts = (point.added, point.completed, point.failed);
        assert_eq!(counts, (Some(4), Some(4), Some(0)), "{resolution:?}");
        assert_eq!(point.processing.unwrap().samples, 4);
        assert_ne!(point.coverage, Coverage::Nothing);
    }
}

#[tokio::test]
async fn all_queues_are_added_up_as_far_as_a_person_may_see_them() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let since = recorded_until(&mut jobs, 10).await;
    for (queue, count) in [("email/v1", 2), ("email/v2", 3), ("sms/v1", 7)] {
        jobs.queue(queue, V6).await;
        work(&mut jobs, queue, since + MINUTE, count, (5, 50)).await;
    }
    // From here on the record of all together is read instead, by those who may see all.
    for other in 0..60 {
        jobs.queue(&format!("other{other}"), V6).await;
    }
    let app = TestApp::on(redis, &[]).await;
    until_recorded(&app, since + 8 * MINUTE).await;
    let services = &app.services;
    let completed = async |scope: &[&str], set: &QueueSet| {
        let read = history_of(services, scope, set, 30).await;
        (read.queues, at(&read, since + MINUTE).completed)
    };
    let family = QueueSet::Family {
        prefix: "bull".into(),
        name: "email".into(),
    };
    assert_eq!(completed(&[], &QueueSet::All).await, (63, Some(12)));
    assert_eq!(completed(&["email/*"], &QueueSet::All).await, (2, Some(5)));
    assert_eq!(completed(&["email/v2"], &family).await, (1, Some(3)));
    assert_eq!(completed(&[], &family).await, (2, Some(5)));
    assert_eq!(completed(&["nothing"], &QueueSet::All).await, (0, None));
}

#[tokio::test]
async fn where_events_were_trimmed_nothing_is_claimed() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let since = recorded_until(&mut jobs, 10).await;
    jobs.queue("email/v1", V6).await;
    for minute in 1..=8 {
        work(
            &mut jobs,
            "email/v1",
            since + minute * MINUTE + 5,
            3,
            (5, 50),
        )
        .await;
    }
    let from = (since + 4 * MINUTE + 6).to_string();
    jobs.run::<u64>(&["XTRIM", "bull:email/v1:events", "MINID", &from])
        .await;
    let app = TestApp::on(redis, &[]).await;
    until_recorded(&app, since + 8 * MINUTE).await;
    let read = history(&app.services, &of_queue("email/v1"), 30).await;
    for minute in 0..4 {
        let lost = at(&read, since + minute * MINUTE);
        assert_eq!((lost.coverage, lost.completed), (Coverage::Nothing, None));
    }
    let in_part = at(&read, since + 4 * MINUTE);
    assert_eq!(in_part.coverage, Coverage::Part);
    assert!(in_part.completed.unwrap() <= 3);
    let whole = at(&read, since + 5 * MINUTE);
    assert_eq!(
        (whole.coverage, whole.completed),
        (Coverage::Whole, Some(3))
    );
}

#[tokio::test]
async fn a_process_that_only_reads_records_nothing_and_shows_what_it_knows() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let since = recorded_until(&mut jobs, 10).await;
    jobs.queue("email/v1", V6).await;
    work(&mut jobs, "email/v1", since + 2 * MINUTE, 5, (10, 100)).await;
    let app = TestApp::on(redis, &[("read_only", "true")]).await;
    bullkeeper_testkit::eventually("it has read the events", || async {
        let read = history(&app.services, &of_queue("email/v1"), 30).await;
        at(&read, since + 2 * MINUTE).completed == Some(5)
    })
    .await;
    let keys: Vec<String> = jobs.run(&["KEYS", "bullkeeper:history*"]).await;
    assert_eq!(keys, ["bullkeeper:history-recorded"]);
    assert_eq!(recorded(&mut jobs).await, since - MINUTE);
    let leader: Option<String> = jobs.run(&["GET", "bullkeeper:leader"]).await;
    assert_eq!(leader, None);
}

#[tokio::test]
async fn a_minute_that_is_known_whole_is_never_replaced_by_less() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let since = recorded_until(&mut jobs, 10).await;
    jobs.queue("email/v1", V6).await;
    work(&mut jobs, "email/v1", since + 2 * MINUTE, 5, (10, 100)).await;
    let app = TestApp::on(redis, &[]).await;
    until_recorded(&app, since + 8 * MINUTE).await;
    // The events are lost, and so is how far was recorded.
    jobs.run::<u64>(&["DEL", "bull:email/v1:events"]).await;
    let now = redis_now(&mut jobs).await;
    event(&mut jobs, "email/v1", now, "added", "late").await;
    jobs.run::<()>(&["XTRIM", "bull:email/v1:events", "MAXLEN", "0"])
        .await;
    event(&mut jobs, "email/v1", now + 1, "added", "later").await;
    let app = restarted_from(app, 10).await;
    until_recorded(&app, since + 8 * MINUTE).await;
    let read = history(&app.services, &of_queue("email/v1"), 30).await;
    let kept = at(&read, since + 2 * MINUTE);
    assert_eq!((kept.coverage, kept.completed), (Coverage::Whole, Some(5)));
}

#[tokio::test]
async fn the_bytes_that_are_told_are_those_in_redis_also_where_few_of_many_queues_take_most() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    recorded_until(&mut jobs, 10).await;
    // Of every fifth queue a lot is kept, and nearly all of it in one field.
    for number in 0..300 {
        let queue = format!("family-{:02}/v{}", number / 5, number % 5);
        jobs.queue(&queue, V6).await;
        for field in 0..20 {
            let bytes = if field == 7 && number % 5 == 4 {
                9_000
            } else {
                70
            };
            let mut set = redis::cmd("HSET");
            set.arg(format!("bullkeeper:history:bull:{queue}"));
            set.arg(format!("h{}", 3_000 + field)).arg(vec![9u8; bytes]);
            set.query_async::<()>(&mut jobs.0).await.unwrap();
        }
        let known = [
            "ZADD",
            "bullkeeper:history-queues",
            "1",
            &format!("bull:{queue}"),
        ];
        jobs.run::<()>(&known).await;
    }
    // Nothing is recorded meanwhile, so that the bytes stay as they are.
    let app = TestApp::on(redis, &[("read_only", "true")]).await;
    let told = async |set: &QueueSet| history(&app.services, set, 30).await.bytes;
    let stored = async |pattern: &str| {
        let mut jobs = app.jobs().await;
        let mut bytes = 0;
        for key in jobs.run::<Vec<String>>(&["KEYS", pattern]).await {
            let usage = ["MEMORY", "USAGE", &key, "SAMPLES", "0"];
            bytes += jobs.run::<u64>(&usage).await;
        }
        bytes
    };
    let family = QueueSet::Family {
        prefix: "bull".into(),
        name: "family-07".into(),
    };
    for (set, pattern, least) in [
        (QueueSet::All, "bullkeeper:history*", 60 * 9_000),
        (
            of_queue("family-07/v4"),
            "bullkeeper:history:bull:family-07/v4",
            9_000,
        ),
        (family, "bullkeeper:history:bull:family-07/*", 9_000),
    ] {
        let (told, stored) = (told(&set).await, stored(pattern).await);
        // A hash that grew lately takes some bytes more until Redis has put it in order.
        let is_near = told.abs_diff(stored) * 50 <= stored;
        assert!(is_near && told > least, "{told} of {stored} in {pattern}");
    }
}
