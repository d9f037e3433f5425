//! How messages reach a webhook: again with the same id, by one process alone, bounded, and not at all with `read_only`.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::{Another, Jobs, Seen, TestApp, TestRedis, eventually};

use super::receiver::Receiver;
use super::{Watched, says};

const RULE: &str = "stranded on email critical";

#[tokio::test]
async fn a_message_that_was_not_taken_is_sent_again_with_the_same_id() {
    let mut watched = Watched::start(RULE, "json").await;
    // A redirect is no success, and is not followed.
    watched.receiver.will_answer(&[500, 302, 200]);
    watched.strand("email").await;
    let admin = watched.app.admin().await;
    says(
        &admin,
        "[aria-labelledby=webhooks-h]",
        "answered with status 500",
    )
    .await;
    let received = watched.receiver.waits_for(3).await;
    let ids: Vec<&str> = received
        .iter()
        .map(|one| one.header("bullkeeper-message"))
        .collect();
    assert!(
        !ids[0].is_empty() && ids.iter().all(|id| *id == ids[0]),
        "{ids:?}"
    );
    assert!(received.iter().all(|one| one.bytes == received[0].bytes));
    assert!(received.iter().all(|one| one.path == "/services/T0PSECRET"));
    says(
        &admin,
        "[aria-labelledby=webhooks-h]",
        "took a message with status 200",
    )
    .await;
    let waiting: u64 = watched.jobs.run(&["HLEN", "bullkeeper:alert-outbox"]).await;
    assert_eq!((waiting, watched.receiver.received().len()), (0, 3));
}

/// A message as an earlier leader left it: one try is left.
fn left(id: &str, webhook: &str) -> String {
    format!(
        r#"{{"message":{{"id":"{id}","webhook":"{webhook}","kind":"firing","rule":"critical: stranded on old","queue":null,"severity":"critical","words":"old","value":1,"threshold":0,"since":1,"at":1}},"tries":15,"next":1}}"#
    )
}

#[tokio::test]
async fn a_message_is_given_up_in_the_end_and_admins_see_that_the_webhook_is_dead() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let key = "bullkeeper:alert-outbox";
    for (id, webhook) in [("1", "chat"), ("2", "gone")] {
        jobs.run::<u64>(&["HSET", key, id, &left(id, webhook)])
            .await;
    }
    let receiver = Receiver::start().await;
    receiver.will_answer(&[503]);
    let webhook = format!("chat = json {}", receiver.url("json"));
    let settings = [
        ("alerts", RULE),
        ("webhooks", webhook.as_str()),
        ("webhooks_private", "true"),
    ];
    let app = TestApp::on(redis, &settings).await;
    let (admin, viewer) = (app.admin().await, app.viewer().await);
    says(&admin, "[aria-labelledby=webhooks-h]", "dead").await;
    let received = receiver.received();
    assert_eq!(received.len(), 1, "{received:?}");
    assert_eq!(
        received[0].header("bullkeeper-signature"),
        "",
        "no secret, no signature"
    );
    let waiting: u64 = jobs.run(&["HLEN", key]).await;
    assert_eq!(waiting, 0, "that of a webhook that is gone is deleted too");
    let banner = |page: Seen| page.all("#dead-webhooks").concat();
    let told = banner(admin.page("/").await);
    assert!(told.contains("messages to chat were given up"), "{told}");
    assert_eq!(banner(viewer.page("/").await), "");

    // Once a message is taken again, all is well.
    jobs.waiting("email", "1", "{}").await;
    says(&admin, "[aria-labelledby=webhooks-h]", "works").await;
    assert_eq!(banner(admin.page("/").await), "");
}

#[tokio::test]
async fn of_two_processes_one_sends_and_both_show_it() {
    let mut watched = Watched::start(RULE, "json").await;
    let webhook = format!("chat = json {}", watched.receiver.url("json"));
    let other = Another::beside(
        &watched.app.redis,
        &[
            ("alerts", RULE),
            ("webhooks", &webhook),
            ("webhooks_private", "true"),
            ("discovery", "100ms"),
            ("round", "500ms"),
        ],
    )
    .await;
    let there = other.signed_in("viewer").await;
    let here = watched.app.viewer().await;
    watched.strand("email").await;
    for person in [&there, &here] {
        says(person, "[aria-labelledby=firing-h]", "email").await;
    }
    watched.clear("email").await;
    for person in [&there, &here] {
        says(person, "[aria-labelledby=recent-h]", "email").await;
    }
    watched.receiver.waits_for(2).await;
    let ids: std::collections::BTreeSet<String> = watched
        .receiver
        .received()
        .iter()
        .map(|one| one.header("bullkeeper-message").to_owned())
        .collect();
    assert_eq!((ids.len(), watched.receiver.received().len()), (2, 2));
}

#[tokio::test]
async fn with_read_only_nothing_is_watched_sent_or_kept() {
    let redis = TestRedis::start().await;
    let read_only = [("read_only", "true")];
    let mut watched = Watched::on(redis, RULE, "json", &read_only).await;
    watched.strand("email").await;
    let viewer = watched.app.viewer().await;
    eventually("it is seen to be stranded", || async {
        viewer.page("/").await.text().contains("1 stranded")
    })
    .await;
    // It looks for what another process keeps.
    let looks = watched.jobs.calls("hvals").await;
    eventually("it looked a few times", || {
        let mut jobs = watched.jobs.clone();
        async move { jobs.calls("hvals").await > looks + 3 }
    })
    .await;
    assert!(watched.receiver.received().is_empty());
    let kept: u64 = watched
        .jobs
        .run(&["EXISTS", "bullkeeper:alerts", "bullkeeper:alert-outbox"])
        .await;
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn a_redis_that_may_evict_is_an_alert_of_the_server() {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    jobs.run::<()>(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"])
        .await;
    let watched = Watched::on(redis, "redis eviction policy", "json", &[]).await;
    let told = watched.receiver.waits_for(1).await[0].json();
    assert!(told["queue"].is_null(), "{told}");
    let summary = "Firing: Redis may delete jobs when its memory is full";
    assert_eq!(told["summary"], summary);
    let viewer = watched.app.scoped("vera", Role::Viewer, &["x"]).await;
    says(
        &viewer,
        "[aria-labelledby=firing-h]",
        "Redis and Bullkeeper",
    )
    .await;
}

#[tokio::test]
async fn what_another_process_kept_meanwhile_is_not_overwritten() {
    let mut watched = Watched::start(RULE, "json").await;
    watched.strand("email").await;
    watched.receiver.waits_for(1).await;
    let admin = watched.app.admin().await;
    says(&admin, "[aria-labelledby=webhooks-h]", "works").await;
    // As a process does that led for a moment, while this one was suspended: it resolved the alert.
    let alerts = "bullkeeper:alerts";
    let none = r#"{"alerts":[],"recent":[],"stepped":0,"left_out":0}"#;
    for command in [
        &["HSET", alerts, "book", none][..],
        &["HINCRBY", alerts, "number", "1"],
    ] {
        watched.jobs.run::<u64>(command).await;
    }
    // The alert is new to whoever reads that, and is told anew.
    let received = watched.receiver.waits_for(2).await;
    let id = |at: usize| received[at].header("bullkeeper-message");
    assert_ne!(id(0), id(1));
    assert_eq!(received[1].json()["event"], "firing");
}
