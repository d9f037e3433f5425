//! Obliterating a queue once a second person approves it.

use bullkeeper_testkit::{Jobs, Person, Seen, TestApp};
use reqwest::StatusCode;

use super::{Kind, Yard, approve};

/// A paused queue with three jobs.
pub(super) async fn filled(settings: &[(&str, &str)]) -> (TestApp, Jobs, Person) {
    let app = TestApp::with(settings).await;
    let mut jobs = app.jobs().await;
    jobs.many("old", 3).await;
    pause(&mut jobs, "1").await;
    let admin = app.admin().await;
    (app, jobs, admin)
}

/// Sets whether the queue is paused, as BullMQ 6 does.
async fn pause(jobs: &mut Jobs, paused: &str) {
    let command = match paused {
        "1" => ["HSET", "bull:old:meta", "paused", "1"],
        _ => ["HDEL", "bull:old:meta", "paused", "paused"],
    };
    let _: u64 = jobs.run(&command).await;
}

pub(super) async fn send(person: &Person, more: &[(&str, &str)]) -> Seen {
    let mut form = vec![
        ("queue", "old"),
        ("typed", "old"),
        ("reason", "it is not used"),
    ];
    form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    form.extend_from_slice(more);
    Seen::of(person.post("/queue/obliterate", &form).await).await
}

pub(super) async fn is_untouched(jobs: &mut Jobs) -> bool {
    jobs.data("old", "1").await.is_some()
}

#[tokio::test]
async fn the_page_asks_for_approval_and_the_proposal_shows_what_was_there() {
    let yard = Yard::start(Kind::Obliterate).await;
    let page = yard.admin.page("/queue/obliterate?queue=old").await;
    assert_eq!(page.all("form.decide button.danger"), ["Ask for approval"]);
    assert!(!page.text().contains("Begin without approval"));
    let asked = send(&yard.admin, &[]).await;
    let told = yard.admin.page(asked.location()).await.text();
    assert!(
        told.contains("Nothing begins until someone else approves it"),
        "{told}"
    );
    let page = yard.carol.page(asked.location()).await;
    let text = page.text();
    for words in [
        "Obliterate old",
        "waiting 3",
        "Asked by admin",
        "it is not used",
        "approval_for",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(
        page.all("button")
            .iter()
            .any(|one| one == "Approve and begin")
    );
    let list = yard.carol.page("/proposals").await;
    let rows = list.all("section[aria-labelledby=to-approve-h] tbody tr");
    assert!(
        rows.len() == 1 && rows[0].contains("Obliterate"),
        "{rows:?}"
    );
}

#[tokio::test]
async fn a_queue_that_is_gone_or_not_paused_any_more_is_not_obliterated() {
    for (gone, why) in [
        (false, "the queue is not paused any more"),
        (true, "the queue old is gone"),
    ] {
        let mut yard = Yard::start(Kind::Obliterate).await;
        let id = yard.ask().await;
        match gone {
            true => {
                let _: u64 = yard.jobs.run(&["DEL", "bull:old:meta"]).await;
            }
            false => pause(&mut yard.jobs, "0").await,
        }
        let refused = approve(&yard.carol, &id).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
        let text = refused.text();
        assert!(
            text.contains("Nothing was begun.") && text.contains(why),
            "{text}"
        );
        yard.assert_untouched("proposal.approve", "conflict").await;
        let again = approve(&yard.carol, &id).await;
        assert!(again.text().contains("stale already"), "{}", again.text());
    }
}

#[tokio::test]
async fn drain_and_clean_take_no_second_person() {
    let yard = Yard::start(Kind::Obliterate).await;
    let form = [("queue", "old"), ("reason", "r")];
    let begun = Seen::of(yard.admin.post("/queue/drain", &form).await).await;
    assert!(begun.location().starts_with("/run?"), "{}", begun.text());
}
