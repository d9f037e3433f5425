//! Silences: who may, what they do, what is recorded, and what a refused form keeps.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::{AuditEntry, Person, Seen, eventually};
use reqwest::StatusCode;

use super::{Watched, says};

const RULE: &str = "stranded on * for 2s critical";

async fn silence(person: &Person, queues: &str, why: &str) -> Seen {
    let form = [
        ("watch", "critical: stranded"),
        ("queues", queues),
        ("lasts", "4h"),
        ("why", why),
    ];
    Seen::of(person.post("/alerts/silence", &form).await).await
}

#[tokio::test]
async fn a_silenced_alert_is_shown_and_not_sent_until_the_silence_is_ended() {
    let mut watched = Watched::start(RULE, "json").await;
    let operator = watched.app.operator().await;
    let done = silence(&operator, "email", "deploying").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let told = operator.page("/alerts").await.text();
    assert!(told.contains("send nothing"), "{told}");
    watched.strand("email").await;
    watched.strand("sms").await;
    says(&operator, "[aria-labelledby=firing-h]", "silenced").await;
    let received = watched.receiver.waits_for(1).await;
    assert_eq!(received[0].json()["queue"], "sms");
    let viewer = watched.app.viewer().await;
    let page = viewer.page("/alerts").await;
    let silences = page.all("[aria-labelledby=silences-h]").concat();
    assert!(
        silences.contains("deploying") && silences.contains("operator"),
        "{silences}"
    );
    assert!(
        page.all("[aria-labelledby=silences-h] form").is_empty(),
        "viewers may not end it"
    );
    let alerts = page.attributes("nav a[data-go=l]", "aria-label");
    assert_eq!(alerts, ["Alerts 1 firing"]);

    let id = operator.page("/alerts").await;
    let id = id
        .attributes("form[action$=unsilence] input", "value")
        .remove(0);
    let refused = viewer.post("/alerts/unsilence", &[("id", &id)]).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let ended = operator.post("/alerts/unsilence", &[("id", &id)]).await;
    assert_eq!(ended.status(), StatusCode::SEE_OTHER);
    let again = operator.post("/alerts/unsilence", &[("id", &id)]).await;
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
    let received = watched.receiver.waits_for(2).await;
    assert_eq!(received[1].json()["queue"], "email");

    watched.app.services.finish_audit().await;
    assert_eq!(
        recorded(&mut watched).await,
        [
            "alert.silence applied operator deploying",
            "alert.silence denied viewer ",
            "alert.unsilence applied operator ",
        ]
    );
}

/// The entries about silences: action, outcome, actor and reason.
async fn recorded(watched: &mut Watched) -> Vec<String> {
    let mut entries = watched.jobs.audit().await;
    entries.retain(|entry| entry.get("action").starts_with("alert."));
    let told = |entry: &AuditEntry| {
        let fields = ["action", "outcome", "actor", "reason"];
        fields.map(|name| entry.get(name)).join(" ")
    };
    entries.iter().map(told).collect()
}

#[tokio::test]
async fn a_refused_silence_keeps_what_was_typed_and_changes_nothing() {
    let mut watched = Watched::start(RULE, "json").await;
    let operator = watched.app.operator().await;
    let long = "x".repeat(2_001);
    for (queues, why, says) in [
        ("email/typed", "", "A reason is required."),
        ("email/typed", long.as_str(), "at most 2000 are allowed"),
        (&"q".repeat(501), "why", "500 characters at most"),
    ] {
        let refused = silence(&operator, queues, why).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(says), "{says}: {}", refused.text());
        assert_eq!(refused.attributes("#queues", "value"), [queues]);
        assert_eq!(refused.attributes("#why", "value"), [why]);
        let chosen = refused.attributes("#watch option[selected]", "value");
        assert_eq!(chosen, ["critical: stranded"]);
    }
    let viewer = watched.app.viewer().await;
    let refused = silence(&viewer, "email/typed", "why").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let kept: u64 = watched
        .jobs
        .run(&["EXISTS", "bullkeeper:alert-silences"])
        .await;
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn nobody_silences_what_they_may_not_see() {
    let mut watched = Watched::start(RULE, "json").await;
    let olga = watched.app.scoped("olga", Role::Operator, &["email"]).await;
    watched.strand("email").await;
    says(&olga, "[aria-labelledby=pending-h]", "email").await;
    let done = silence(&olga, "*", "all of it").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    watched.strand("sms").await;
    eventually("what she may not see is told", || async {
        let mut received = watched.receiver.received().into_iter();
        received.any(|one| one.json()["queue"] == "sms")
    })
    .await;
}

#[tokio::test]
async fn there_is_room_for_a_hundred_silences() {
    let mut watched = Watched::start(RULE, "json").await;
    let key = "bullkeeper:alert-silences";
    for at in 0..100 {
        let until = if at == 0 { 1 } else { u64::MAX };
        let kept = format!(
            r#"{{"id":"{at}","rule":"","queues":"none","scope":[],"by":"a","why":"b","from":1,"until":{until}}}"#
        );
        watched
            .jobs
            .run::<u64>(&["HSET", key, &at.to_string(), &kept])
            .await;
    }
    let operator = watched.app.operator().await;
    let done = silence(&operator, "email", "the one that is over makes room").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let refused = silence(&operator, "email", "no room").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text().contains("100 silences already"),
        "{}",
        refused.text()
    );
    assert_eq!(watched.jobs.run::<u64>(&["HLEN", key]).await, 100);
}

#[tokio::test]
async fn one_person_has_twenty_silences_at_most_and_those_that_are_over_do_not_count() {
    let mut watched = Watched::start(RULE, "json").await;
    let key = "bullkeeper:alert-silences";
    for at in 0..20 {
        let until = if at == 0 { 1 } else { u64::MAX };
        let kept = format!(
            r#"{{"id":"{at}","rule":"","queues":"none","scope":[],"by":"operator","why":"b","from":1,"until":{until}}}"#
        );
        watched
            .jobs
            .run::<u64>(&["HSET", key, &at.to_string(), &kept])
            .await;
    }
    let operator = watched.app.operator().await;
    let done = silence(&operator, "email", "the twentieth").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let refused = silence(&operator, "email/typed", "one too many").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let told = refused.text();
    assert!(told.contains("20 silences in force are yours"), "{told}");
    assert_eq!(refused.attributes("#queues", "value"), ["email/typed"]);
    assert_eq!(refused.attributes("#why", "value"), ["one too many"]);
    let admin = watched.app.admin().await;
    let done = silence(&admin, "email", "somebody else").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert_eq!(watched.jobs.run::<u64>(&["HLEN", key]).await, 21);
    watched.app.services.finish_audit().await;
    assert_eq!(
        recorded(&mut watched).await,
        [
            "alert.silence applied operator the twentieth",
            "alert.silence applied admin somebody else",
        ]
    );
}

#[tokio::test]
async fn an_incident_that_was_sent_and_then_silenced_is_closed_when_it_ends() {
    let mut watched = Watched::start("stranded on * critical", "pagerduty").await;
    let operator = watched.app.operator().await;
    watched.strand("email").await;
    watched.receiver.waits_for(1).await;
    let done = silence(&operator, "*", "known").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    says(&operator, "[aria-labelledby=firing-h]", "silenced").await;
    watched.strand("sms").await;
    says(&operator, "[aria-labelledby=firing-h]", "sms").await;
    watched.clear("email").await;
    watched.clear("sms").await;
    says(&operator, "[aria-labelledby=recent-h]", "sms").await;
    let received = watched.receiver.waits_for(2).await;
    let told: Vec<_> = received.iter().map(|one| one.json()).collect();
    let of = |at: usize, name: &str| told[at][name].as_str().unwrap().to_owned();
    assert_eq!(of(1, "event_action"), "resolve");
    assert_eq!(of(1, "dedup_key"), of(0, "dedup_key"));
    assert_eq!(told.len(), 2, "what was silent all the time was not sent");
}
