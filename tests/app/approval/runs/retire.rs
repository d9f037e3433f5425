//! Retiring a version once a second person approves it.

use bullkeeper_testkit::retirement::{QUEUE, fill, keys_of};
use bullkeeper_testkit::{Person, Seen, TestApp, eventually};
use reqwest::StatusCode;

use super::{Kind, Yard, approve};

pub(super) async fn send(person: &Person, more: &[(&str, &str)]) -> Seen {
    let mut form = vec![
        ("queue", "email/v1"),
        ("typed", "email/v1"),
        ("reason", "it is done"),
    ];
    form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    form.extend_from_slice(more);
    Seen::of(person.post("/family/retire", &form).await).await
}

#[tokio::test]
async fn a_version_with_a_new_job_is_not_retired() {
    let mut yard = Yard::start(Kind::Retire).await;
    let page = yard.admin.page("/family/retire?queue=email/v1").await;
    assert_eq!(page.all("form.decide button.danger"), ["Ask for approval"]);
    let id = yard.ask().await;
    let page = yard.carol.page(&format!("/proposal?id={id}")).await;
    for words in ["Retire email/v1", "completed 2", "failed 1"] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    yard.jobs.waiting("email/v1", "new", "{}").await;
    let page = yard.carol.page(&format!("/proposal?id={id}")).await;
    assert!(
        page.text().contains("can’t be applied any more"),
        "{}",
        page.text()
    );
    let refused = approve(&yard.carol, &id).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    yard.assert_untouched("proposal.approve", "conflict").await;
}

#[tokio::test]
async fn what_retires_by_itself_asks_nobody() {
    let settings = [
        ("approval_for", "retire"),
        ("retire_quiet", "0ms"),
        ("auto_retire", "email=1s"),
    ];
    let app = TestApp::with(&settings).await;
    let mut jobs = app.jobs().await;
    fill(&mut jobs).await;
    eventually("the version is gone", || async {
        keys_of(&mut jobs.clone(), QUEUE).await.is_empty()
    })
    .await;
    let asked: u64 = jobs.run(&["EXISTS", "bullkeeper:proposals"]).await;
    assert_eq!(asked, 0);
}
