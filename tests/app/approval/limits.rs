//! The limit of edits that a policy sets for each person.

use bullkeeper_testkit::times;
use reqwest::StatusCode;

use super::{House, applied, approve, decide, proposal_of, save};

fn note(n: usize) -> String {
    format!(r#"{{"amount":1,"card":"4111","note":"{n}"}}"#)
}

const THREE: &str = r#"{"limit": {"edits": 3, "per": "1h"}, "critical": ["/amount"]}"#;

#[tokio::test]
async fn the_limit_is_shown_before_it_bites_and_says_when_to_come_back() {
    let mut house = House::under(THREE, &[]).await;
    for n in 0..3 {
        let form = house.asker.edit("billing", "1").await.set("text", &note(n));
        let review = house.asker.send("/job/review", &form).await;
        let shown = format!("{n} of 3 edits in the last hour");
        assert!(review.text().contains(&shown), "{}", review.text());
        let saved = save(&house.asker, "1", &note(n)).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    }
    let refused = save(&house.asker, "1", &note(3)).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = refused.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((3_000..=3_600).contains(&wait), "{wait}");
    assert!(
        refused.text().contains("3 edits in the last hour"),
        "{}",
        refused.text()
    );
    assert!(
        refused
            .all("textarea[name=text]")
            .concat()
            .contains("\"3\""),
        "the text is kept"
    );
    assert_eq!(house.data().await, note(2).as_bytes());
    // Each person has a count of their own.
    let admin = house.app.admin().await;
    let saved = save(&admin, "1", &note(4)).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
}

#[tokio::test]
async fn edits_that_were_not_made_do_not_count() {
    let mut house = House::under(THREE, &[]).await;
    let form = house.asker.edit("billing", "1").await;
    let stale = form.set("text", &note(1)).set("reason", "r");
    house.set(r#"{"amount":1,"card":"4111","note":"x"}"#).await;
    for _ in 0..5 {
        let refused = house.asker.send("/job/save", &stale).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
    }
    for n in 0..3 {
        let saved = save(&house.asker, "1", &note(n)).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    }
}

#[tokio::test]
async fn a_proposal_counts_when_it_is_made_and_not_when_it_is_approved() {
    let mut house = House::under(THREE, &[]).await;
    let text = |n: usize| format!(r#"{{"amount":{n},"card":"4111","note":"n"}}"#);
    let mut ids = Vec::new();
    for n in 2..5 {
        ids.push(proposal_of(&save(&house.asker, "1", &text(n)).await));
    }
    let refused = save(&house.asker, "1", &text(5)).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    decide(&house.asker, "withdraw", &[("id", &ids[0])]).await;
    let approved = approve(&house.carol, &ids[1]).await;
    assert_eq!(
        approved.status,
        StatusCode::SEE_OTHER,
        "{}",
        approved.text()
    );
    assert_eq!(house.steps().await.last(), Some(&applied()));
}

#[tokio::test]
async fn many_edits_at_once_in_several_processes_are_as_many_as_the_limit_allows() {
    let policy = r#"{"limit": {"edits": 10, "per": "1h"}}"#;
    let mut house = House::under(policy, &[]).await;
    for id in 2..41 {
        house.jobs.failed("billing", &id.to_string(), "{}").await;
    }
    let (one, two) = (house.another(&[]).await, house.another(&[]).await);
    let people = [
        house.asker.clone(),
        one.signed_in("operator").await,
        two.signed_in("operator").await,
    ];
    let mut forms = Vec::new();
    for id in 1..40 {
        let form = people[0].edit("billing", &id.to_string()).await;
        forms.push(form.set("text", "{\"new\":1}").set("reason", "r"));
    }
    let saves = forms
        .iter()
        .enumerate()
        .map(|(n, form)| people[n % 3].send("/job/save", form));
    let answers = futures::future::join_all(saves).await;
    let of = |status| {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    };
    assert_eq!(
        (of(StatusCode::SEE_OTHER), of(StatusCode::TOO_MANY_REQUESTS)),
        (10, 29)
    );
    let mut changed = 0;
    for id in 1..40 {
        let data = house.jobs.data("billing", &id.to_string()).await.unwrap();
        changed += usize::from(data == b"{\"new\":1}");
    }
    assert_eq!(changed, 10);
    let entries = house.jobs.audit_of_jobs().await;
    let applied = entries
        .iter()
        .filter(|entry| entry.get("outcome") == "applied");
    assert_eq!(applied.count(), 10);
    let keys: Vec<String> = house.jobs.run(&["KEYS", "bullkeeper:edit-times:*"]).await;
    assert_eq!(keys.len(), 1);
    let (kept, left): (u64, i64) = (
        house.jobs.run(&["ZCARD", &keys[0]]).await,
        house.jobs.run(&["PTTL", &keys[0]]).await,
    );
    assert!(
        kept == 10 && (1..=3_600_000).contains(&left),
        "{kept} {left}"
    );
    assert_eq!(
        one.services.rules().read_only,
        two.services.rules().read_only
    );
}

#[tokio::test]
async fn denied_edits_past_the_limit_are_few_entries_that_count_them_all() {
    let policy = r#"{"limit": {"edits": 1, "per": "1h"}}"#;
    let mut house = House::under(policy, &[]).await;
    save(&house.asker, "1", &note(0)).await;
    let form = house.asker.edit("billing", "1").await;
    let form = form.set("text", &note(1)).set("reason", "r");
    for _ in 0..30 {
        let refused = house.asker.send("/job/save", &form).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    }
    house.app.services.finish_audit().await;
    let mut entries = house.jobs.audit_of_jobs().await;
    entries.retain(|entry| entry.get("outcome") == "denied");
    assert_eq!((entries.len(), times(&entries)), (2, 30));
}

#[tokio::test]
async fn the_limit_lets_go_when_its_time_is_over() {
    let policy = r#"{"limit": {"edits": 2, "per": "3s"}}"#;
    let house = House::under(policy, &[]).await;
    save(&house.asker, "1", &note(0)).await;
    save(&house.asker, "1", &note(1)).await;
    bullkeeper_testkit::eventually("it lets go", || async {
        save(&house.asker, "1", &note(2)).await.status == StatusCode::SEE_OTHER
    })
    .await;
}
