//! Damaged records of the leading process are set aside, and its work goes on.

use bullkeeper::domain::history::mark::MarkKind;
use bullkeeper::domain::history::point::Coverage;
use bullkeeper_testkit::{Jobs, TestApp, TestRedis, eventually};

use super::marks::{begun, has, kinds};
use super::recorded::stored_minute;
use super::{
    MINUTE, at, history, of_queue, recorded, recorded_until, redis_now, restarted, until_recorded,
    work,
};
use crate::metrics::{TOKEN, scrape, value};

const V6: &str = "bullmq:6.7.0";
const KEY: &str = "bullkeeper:history:bull:email/v1";
const RUBBISH: &[u8] = b"\xff\x00rubbish";

/// Puts rubbish into the place of a record.
async fn spoil(jobs: &mut Jobs, key: &str) {
    let mut set = redis::cmd("SET");
    set.arg(key).arg(RUBBISH);
    set.query_async::<()>(&mut jobs.0).await.unwrap();
}

/// Puts rubbish into a field of a record.
async fn spoil_field(jobs: &mut Jobs, key: &str, field: &str) {
    let mut set = redis::cmd("HSET");
    set.arg(key).arg(field).arg(RUBBISH);
    set.query_async::<()>(&mut jobs.0).await.unwrap();
}

async fn type_of(jobs: &mut Jobs, key: &str) -> String {
    jobs.run(&["TYPE", key]).await
}

/// Waits until a record has its type again, and checks that the rubbish is set aside for a while.
async fn set_aside(app: &TestApp, record: &str, kind: &str) {
    let key = format!("bullkeeper:{record}");
    eventually(&format!("{record} is mended"), || async {
        type_of(&mut app.jobs().await, &key).await == kind
    })
    .await;
    let mut jobs = app.jobs().await;
    let aside = format!("bullkeeper:damaged:{record}");
    let kept: Vec<u8> = jobs.run(&["GET", &aside]).await;
    assert_eq!(kept, RUBBISH, "{record}");
    let left: i64 = jobs.run(&["PTTL", &aside]).await;
    assert!((1..=7 * 86_400_000).contains(&left), "{left}");
}

async fn counted(app: &TestApp, record: &str) -> f64 {
    let series = format!("bullkeeper_records_set_aside_total{{record=\"{record}\"}}");
    value(&scrape(app).await, &series).unwrap()
}

#[tokio::test]
async fn where_records_of_the_history_are_of_another_type_it_is_recorded_all_the_same() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let since = recorded_until(&mut jobs, 10).await;
    jobs.queue("email/v1", V6).await;
    work(&mut jobs, "email/v1", since + MINUTE, 5, (10, 100)).await;
    let days = [since, since + 7 * MINUTE].map(|at| at / MINUTE / 1440);
    let minutes = days.map(|day| format!("bullkeeper:history-minutes:{day}"));
    for key in [KEY, "bullkeeper:history:all", "bullkeeper:history-queues"] {
        spoil(&mut jobs, key).await;
    }
    for key in &minutes {
        jobs.run::<u64>(&["HSET", key, "a", "b"]).await;
    }
    let app = TestApp::on(redis, &[("metrics_token", TOKEN)]).await;
    until_recorded(&app, since + 8 * MINUTE).await;
    let read = history(&app.services, &of_queue("email/v1"), 30).await;
    let busy = at(&read, since + MINUTE);
    assert_eq!((busy.coverage, busy.completed), (Coverage::Whole, Some(5)));
    set_aside(&app, "history:bull:email/v1", "hash").await;
    set_aside(&app, "history:all", "hash").await;
    set_aside(&app, "history-queues", "zset").await;
    assert_eq!(type_of(&mut jobs, &minutes[1]).await, "string");
    eventually("they are counted", || async {
        counted(&app, "history").await == 2.0 && counted(&app, "history-queues").await == 1.0
    })
    .await;
    // How far was recorded is damaged too, while it is at work.
    jobs.run::<u64>(&["DEL", "bullkeeper:history-recorded"])
        .await;
    let spoilt = ["HSET", "bullkeeper:history-recorded", "a", "b"];
    jobs.run::<u64>(&spoilt).await;
    eventually("recording goes on", || async {
        type_of(&mut app.jobs().await, "bullkeeper:history-recorded").await == "string"
    })
    .await;
    // A minute that is recorded just then would take its place, so it is put there until it is found.
    let aside = "bullkeeper:damaged:history-recorded";
    eventually("rubbish is set aside", || async {
        let mut jobs = app.jobs().await;
        spoil(&mut jobs, "bullkeeper:history-recorded").await;
        type_of(&mut jobs, aside).await == "string"
    })
    .await;
    eventually("recording goes on again", || async {
        let mut jobs = app.jobs().await;
        let recorded: Vec<u8> = jobs
            .run::<Option<Vec<u8>>>(&["GET", "bullkeeper:history-recorded"])
            .await
            .unwrap_or_default();
        String::from_utf8(recorded).is_ok_and(|minute| minute.parse::<u64>().is_ok())
    })
    .await;
    assert!(recorded(&mut jobs).await <= redis_now(&mut jobs).await);
    let kept: Vec<u8> = jobs.run(&["GET", aside]).await;
    assert_eq!(kept, RUBBISH);
    let read = history(&app.services, &of_queue("email/v1"), 31).await;
    assert_eq!(at(&read, since + MINUTE).completed, Some(5));
}

#[tokio::test]
async fn rubbish_among_the_minutes_and_chunks_costs_no_other_minute() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let since = recorded_until(&mut jobs, 10).await;
    jobs.queue("email/v1", V6).await;
    work(&mut jobs, "email/v1", since + MINUTE, 5, (10, 100)).await;
    let busy = format!("o{}", since / MINUTE + 1);
    spoil_field(&mut jobs, KEY, &busy).await;
    // As if a process had recorded two minutes three hours ago, and their hour before that. One minute and the chunk are damaged.
    let then = since / MINUTE / 60 * 60 - 180;
    let (chunk, good, bad) = (
        format!("m{}", then / 60),
        then + 3,
        format!("o{}", then + 4),
    );
    spoil_field(&mut jobs, KEY, &chunk).await;
    spoil_field(&mut jobs, KEY, &bad).await;
    let mut set = redis::cmd("HSET");
    set.arg(KEY).arg(format!("o{good}")).arg(stored_minute());
    set.query_async::<()>(&mut jobs.0).await.unwrap();
    let known = ["ZADD", "bullkeeper:history-queues", "1", "bull:email/v1"];
    jobs.run::<()>(&known).await;
    let bits = format!("bullkeeper:history-minutes:{}", good / 1440);
    let place = (good % 1440).to_string();
    jobs.run::<()>(&["SETBIT", &bits, &place, "1"]).await;
    let app = TestApp::on(redis, &[("metrics_token", TOKEN)]).await;
    until_recorded(&app, since + 8 * MINUTE).await;
    eventually("the hour is put together", || async {
        let field = ["HEXISTS", KEY, &format!("o{good}")];
        !app.jobs().await.run::<bool>(&field).await
    })
    .await;
    let read = history(&app.services, &of_queue("email/v1"), 6 * 60).await;
    let told = |start: u64| at(&read, start).completed;
    assert_eq!(told(since + MINUTE), Some(5));
    assert_eq!(told(good * MINUTE), Some(4));
    let aside = "bullkeeper:damaged:history:bull:email/v1";
    for field in [&chunk, &bad] {
        let kept: Vec<u8> = jobs.run(&["HGET", aside, field]).await;
        assert_eq!(kept, RUBBISH, "{field}");
        let left: Vec<u8> = jobs
            .run::<Option<Vec<u8>>>(&["HGET", KEY, field])
            .await
            .unwrap_or_default();
        assert_ne!(left, RUBBISH, "{field}");
    }
    assert_eq!(counted(&app, "history").await, 3.0);
}

#[tokio::test]
async fn a_damaged_record_of_marks_is_set_aside_and_marks_are_made_afterwards() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    jobs.queue("email/v1", V6).await;
    let records = [
        ("marks-seen", "hash"),
        ("marks", "hash"),
        ("marks-by-time", "zset"),
    ];
    for (record, _) in records {
        spoil(&mut jobs, &format!("bullkeeper:{record}")).await;
    }
    let app = TestApp::on(redis, &[("metrics_token", TOKEN)]).await;
    set_aside(&app, "marks-seen", "hash").await;
    begun(&app).await;
    let seen = async |version: u64| {
        let queue = format!("email/v{version}");
        app.jobs().await.queue(&queue, V6).await;
        has(
            &app,
            MarkKind::FirstSeen,
            &format!("{queue} was seen for the first time"),
        )
        .await;
    };
    seen(2).await;
    for (record, kind) in records {
        set_aside(&app, record, kind).await;
        assert_eq!(counted(&app, record).await, 1.0);
    }
    // The same while it is at work: neither what is seen now nor what people did is missed.
    for (at, (record, kind)) in records.into_iter().enumerate() {
        let key = format!("bullkeeper:{record}");
        spoil(&mut jobs, &key).await;
        seen(3 + at as u64).await;
        set_aside(&app, record, kind).await;
    }
    let first = kinds(&app, &[]).await;
    let of_v1 = first.iter().filter(|(_, words)| words.contains("email/v1"));
    assert_eq!(of_v1.count(), 0, "it was there before");
}

#[tokio::test]
async fn rubbish_in_what_was_seen_for_marks_makes_no_wrong_mark() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    for queue in ["email/v1", "email/v2"] {
        jobs.queue(queue, V6).await;
    }
    let mut app = TestApp::on(redis, &[]).await;
    begun(&app).await;
    app.end().await;
    let key = "bullkeeper:marks-seen";
    for field in ["audit", "bull:email/v1"] {
        spoil_field(&mut jobs, key, field).await;
    }
    let app = restarted(app).await;
    jobs.queue("email/v3", V6).await;
    let words = "email/v3 was seen for the first time";
    has(&app, MarkKind::FirstSeen, words).await;
    assert_eq!(kinds(&app, &[]).await.len(), 1);
    let aside = "bullkeeper:damaged:marks-seen";
    let mut fields: Vec<String> = jobs.run(&["HKEYS", aside]).await;
    fields.sort();
    assert_eq!(fields, ["audit", "bull:email/v1"]);
    let seen: String = jobs.run(&["HGET", key, "bull:email/v1"]).await;
    assert_eq!(seen, "s");
}

#[tokio::test]
async fn a_damaged_lease_keeps_nobody_from_leading() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let lease = "bullkeeper:leader";
    jobs.run::<u64>(&["HSET", lease, "a", "b"]).await;
    spoil(&mut jobs, "bullkeeper:leader-process").await;
    let app = TestApp::on(redis, &[("metrics_token", TOKEN)]).await;
    let leads = async || {
        eventually("it leads", || async {
            let now = value(&scrape(&app).await, "bullkeeper_leader");
            let lease: String = app.jobs().await.run(&["TYPE", lease]).await;
            now == Some(1.0) && lease == "string"
        })
        .await;
    };
    leads().await;
    let aside: String = jobs.run(&["HGET", "bullkeeper:damaged:leader", "a"]).await;
    assert_eq!(aside, "b");
    set_aside(&app, "leader-process", "hash").await;
    // A lease that would never end, and one that would end in a year.
    for year in [None, Some("31536000")] {
        spoil(&mut jobs, lease).await;
        if let Some(seconds) = year {
            jobs.run::<bool>(&["EXPIRE", lease, seconds]).await;
        }
        eventually("it gets the lease back", || async {
            let lease: Vec<u8> = app
                .jobs()
                .await
                .run::<Option<Vec<u8>>>(&["GET", lease])
                .await
                .unwrap_or_default();
            !lease.is_empty() && lease != RUBBISH
        })
        .await;
        leads().await;
    }
}
