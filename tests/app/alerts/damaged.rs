//! Damaged records of alerts are set aside, and alerts fire all the same.

use bullkeeper_testkit::{Jobs, TestRedis, eventually};

use super::Watched;
use crate::metrics::{TOKEN, scrape, value};

const RULE: &str = "stranded on email critical";
const RUBBISH: &[u8] = b"\xff\x00rubbish";
const RECORDS: [&str; 3] = ["alerts", "alert-outbox", "alert-silences"];

async fn put(jobs: &mut Jobs, command: &str, key: &str, field: Option<&str>) {
    let mut set = redis::cmd(command);
    set.arg(key).arg(field).arg(RUBBISH);
    set.query_async::<redis::Value>(&mut jobs.0).await.unwrap();
}

async fn counted(watched: &Watched, record: &str) -> f64 {
    let series = format!("bullkeeper_records_set_aside_total{{record=\"{record}\"}}");
    value(&scrape(&watched.app).await, &series).unwrap()
}

#[tokio::test]
async fn where_records_of_alerts_are_of_another_type_an_alert_fires_and_is_sent() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    for record in RECORDS {
        put(&mut jobs, "SET", &format!("bullkeeper:{record}"), None).await;
    }
    let settings = [("metrics_token", TOKEN)];
    let mut watched = Watched::on(redis, RULE, "json", &settings).await;
    watched.strand("email").await;
    let received = watched.receiver.waits_for(1).await;
    assert_eq!(received[0].json()["event"], "firing");
    for record in RECORDS {
        let aside = format!("bullkeeper:damaged:{record}");
        let kept: Vec<u8> = jobs.run(&["GET", &aside]).await;
        assert_eq!(kept, RUBBISH, "{record}");
        eventually("it is counted", || async {
            counted(&watched, record).await == 1.0
        })
        .await;
    }
    // The same while it is at work.
    put(&mut jobs, "SET", "bullkeeper:alerts", None).await;
    eventually("it is set aside", || async {
        let kind: String = watched
            .app
            .jobs()
            .await
            .run(&["TYPE", "bullkeeper:alerts"])
            .await;
        kind == "hash" && counted(&watched, "alerts").await == 2.0
    })
    .await;
    watched.clear("email").await;
    eventually("the end of the alert is sent", || async {
        let received = watched.receiver.received();
        received.iter().any(|one| one.json()["event"] == "resolved")
    })
    .await;
}

#[tokio::test]
async fn rubbish_among_alerts_messages_and_silences_is_set_aside_alone() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let fields = [
        ("alerts", "book"),
        ("alerts", "webhooks"),
        ("alerts", "number"),
        ("alert-outbox", "01"),
        ("alert-silences", "02"),
    ];
    for (record, field) in fields {
        let key = format!("bullkeeper:{record}");
        put(&mut jobs, "HSET", &key, Some(field)).await;
    }
    // One message that can be read, and has waited since another process led.
    let message = r#"{"message":{"id":"3","webhook":"chat","kind":"firing","rule":"critical: stranded on old","queue":null,"severity":"critical","words":"old","value":1,"threshold":0,"since":1,"at":1},"tries":1,"next":1}"#;
    let set = ["HSET", "bullkeeper:alert-outbox", "3", message];
    jobs.run::<u64>(&set).await;
    let settings = [("metrics_token", TOKEN)];
    let mut watched = Watched::on(redis, RULE, "json", &settings).await;
    watched.strand("email").await;
    let received = watched.receiver.waits_for(2).await;
    let ids: Vec<&str> = received
        .iter()
        .map(|one| one.header("bullkeeper-message"))
        .collect();
    assert!(ids.contains(&"3"), "{ids:?}");
    for (record, field) in fields {
        let aside = format!("bullkeeper:damaged:{record}");
        let kept: Vec<u8> = jobs.run(&["HGET", &aside, field]).await;
        assert_eq!(kept, RUBBISH, "{record} {field}");
    }
    assert_eq!(counted(&watched, "alerts").await, 3.0);
    let silences: u64 = jobs.run(&["HLEN", "bullkeeper:alert-silences"]).await;
    assert_eq!(silences, 0);
}
