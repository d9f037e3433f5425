//! A stranded queue, from the first look to the end: pending, firing, told, resolved.

use bullkeeper_testkit::{Another, eventually};

use super::{SECRET, Watched, says};

#[tokio::test]
async fn a_stranded_queue_is_told_after_its_time_and_again_when_it_is_resolved() {
    let rule = "stranded on email/* for 3s critical to chat";
    let mut watched = Watched::start(rule, "json").await;
    let viewer = watched.app.viewer().await;
    says(&viewer, "#rules-h + span", "setting alerts").await;
    watched.strand("email/v1").await;
    watched.strand("sms").await;
    says(&viewer, "[aria-labelledby=pending-h]", "email/v1").await;
    assert!(watched.receiver.received().is_empty(), "not yet");

    says(&viewer, "[aria-labelledby=firing-h]", "email/v1").await;
    let [fired] = &watched.receiver.waits_for(1).await[..] else {
        panic!("one message")
    };
    assert!(fired.is_signed_with(SECRET));
    assert_eq!(fired.path, "/services/T0PSECRET");
    assert_eq!(fired.header("content-type"), "application/json");
    let told = fired.json();
    for (member, value) in [
        ("event", "firing"),
        ("queue", "email/v1"),
        ("prefix", "bull"),
        ("severity", "critical"),
        ("rule", "critical: stranded on email/*"),
        (
            "summary",
            "Firing: email/v1: 1 job is outstanding, and no worker is connected",
        ),
    ] {
        assert_eq!(told[member], value, "{told}");
    }
    assert_eq!(told["id"], fired.header("bullkeeper-message"));
    let page = viewer.page("/").await;
    let alarm = page.all("#alarm").concat();
    assert!(
        alarm.contains("email/v1: 1 job is outstanding, and no worker is connected"),
        "{alarm}"
    );
    let alerts = page.attributes("nav a[data-go=l]", "aria-label");
    assert_eq!(alerts, ["Alerts 1 firing"]);

    watched.clear("email/v1").await;
    says(&viewer, "[aria-labelledby=recent-h]", "email/v1").await;
    let resolved = watched.receiver.waits_for(2).await[1].json();
    assert_eq!(resolved["event"], "resolved");
    assert_eq!(resolved["key"], told["key"]);
    assert_ne!(resolved["id"], told["id"]);
    eventually("the alarm is over", || async {
        viewer.page("/").await.all("#alarm").is_empty()
    })
    .await;
    assert_eq!(watched.receiver.received().len(), 2, "sms is not watched");
}

#[tokio::test]
async fn what_fires_is_kept_through_a_restart_and_told_once() {
    let rule = "stranded on email critical";
    let mut watched = Watched::start(rule, "json").await;
    watched.strand("email").await;
    watched.receiver.waits_for(1).await;
    let viewer = watched.app.viewer().await;
    says(&viewer, "[aria-labelledby=firing-h]", "email").await;
    watched.app.end().await;
    let webhook = format!("chat = json {}", watched.receiver.url("json"));
    let settings = [
        ("alerts", rule),
        ("webhooks", webhook.as_str()),
        ("webhooks_private", "true"),
        ("discovery", "100ms"),
        ("round", "500ms"),
    ];
    let again = Another::beside(&watched.app.redis, &settings).await;
    let viewer = again.signed_in("viewer").await;
    says(&viewer, "[aria-labelledby=firing-h]", "email").await;
    watched.clear("email").await;
    let received = watched.receiver.waits_for(2).await;
    let (fired, resolved) = (received[0].json(), received[1].json());
    assert_eq!(resolved["event"], "resolved");
    assert_eq!(resolved["since"], fired["since"]);
    assert_eq!(watched.receiver.received().len(), 2);
}
