//! What someone typed and has not saved: kept for them alone, until it is saved, discarded or a day old.

use bullkeeper_testkit::{EditForm, Jobs, Person, TestApp};
use reqwest::StatusCode;

const DATA: &str = r#"{"a":1}"#;
const EDITOR: &str = "/job/edit?queue=email/v1&id=1";

/// Types `text` in the editor and asks for its review.
async fn review(person: &Person, text: &str) -> bullkeeper_testkit::Seen {
    let form = person.edit("email/v1", "1").await.set("text", text);
    person.send("/job/review", &form).await
}

/// The names of the keys of drafts.
async fn drafts(jobs: &mut Jobs) -> Vec<String> {
    jobs.run(&["KEYS", "bullkeeper:draft:*"]).await
}

#[tokio::test]
async fn a_review_has_an_address_and_the_editor_has_the_draft_until_it_is_saved() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", DATA).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v1", "1").await;
    let form = form.set("text", r#"{"a":2}"#);
    let sent = operator.post("/job/review", &form.pairs()).await;
    assert_eq!(sent.status(), StatusCode::SEE_OTHER);
    assert!(
        jobs.audit_of_jobs().await.is_empty(),
        "a draft is not audited"
    );

    let again = operator.page("/job/review?queue=email/v1&id=1").await;
    let save = EditForm::of(&again, "/job/save");
    assert_eq!(save.get("text"), r#"{"a":2}"#);
    let editor = operator.page(EDITOR).await;
    assert!(editor.text().contains("Draft from"), "{}", editor.text());
    let kept = EditForm::of(&editor, "/job/review");
    assert_eq!(kept.get("text"), r#"{"a":2}"#);

    let saved = operator.send("/job/save", &save.set("reason", "r")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert!(drafts(&mut jobs).await.is_empty(), "it is gone once saved");
    let editor = operator.page(EDITOR).await;
    assert!(!editor.text().contains("Draft from"), "{}", editor.text());
}

#[tokio::test]
async fn a_draft_survives_the_session_and_is_shown_to_nobody_else() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", DATA).await;
    let operator = app.operator().await;
    review(&operator, r#"{"a":"mine"}"#).await;
    operator.post("/sign-out", &[]).await;
    let admin = app.admin().await;
    let others = admin.page(EDITOR).await;
    assert!(!others.body.contains("mine"), "{}", others.text());
    let back = app.operator().await.page(EDITOR).await;
    assert_eq!(
        EditForm::of(&back, "/job/review").get("text"),
        r#"{"a":"mine"}"#
    );
}

#[tokio::test]
async fn another_window_does_not_overwrite_a_draft_unseen() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", DATA).await;
    let operator = app.operator().await;
    let other = operator.edit("email/v1", "1").await;
    review(&operator, r#"{"a":2}"#).await;
    let second = operator
        .send("/job/review", &other.set("text", r#"{"a":3}"#))
        .await;
    assert_eq!(second.status, StatusCode::CONFLICT, "{}", second.text());
    assert!(second.text().contains("another draft"), "{}", second.text());
    let editor = operator.page(EDITOR).await;
    let kept = EditForm::of(&editor, "/job/review");
    assert_eq!(kept.get("text"), r#"{"a":2}"#, "the first one stays");

    let form = EditForm::of(&second, "/job/review");
    assert_eq!(form.get("text"), r#"{"a":3}"#, "and nothing typed is lost");
    let reviewed = operator.send("/job/review", &form).await;
    assert_eq!(reviewed.status, StatusCode::OK, "{}", reviewed.text());
    let editor = operator.page(EDITOR).await;
    let kept = EditForm::of(&editor, "/job/review");
    assert_eq!(kept.get("text"), r#"{"a":3}"#, "it is replaced knowingly");
}

#[tokio::test]
async fn a_draft_of_older_data_is_shown_as_a_conflict_and_can_be_discarded() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", DATA).await;
    let operator = app.operator().await;
    review(&operator, r#"{"a":1,"mine":2}"#).await;
    jobs.run::<u64>(&["HSET", "bull:email/v1:1", "data", r#"{"a":5}"#])
        .await;
    let conflict = bullkeeper_testkit::Seen::of(operator.get(EDITOR).await).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT, "{}", conflict.text());
    assert!(conflict.body.contains("mine"), "{}", conflict.text());
    let discard = EditForm::of(&conflict, "/job/draft/discard");
    let answer = operator.send("/job/draft/discard", &discard).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert!(drafts(&mut jobs).await.is_empty());
    let editor = operator.page(EDITOR).await;
    assert!(!editor.body.contains("mine"), "{}", editor.text());
}

#[tokio::test]
async fn drafts_are_bounded_in_number_size_and_life() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for id in 1..=22 {
        let id = id.to_string();
        jobs.failed("email/v1", &id, DATA).await;
        let form = operator.edit("email/v1", &id).await;
        operator
            .send("/job/review", &form.set("text", r#"{"a":2}"#))
            .await;
    }
    let kept = drafts(&mut jobs).await;
    assert_eq!(kept.len(), 20, "the oldest make room for the newest");
    for key in &kept {
        let left: i64 = jobs.run(&["TTL", key]).await;
        assert!((1..=24 * 60 * 60).contains(&left), "{left}");
    }
    let sizes: u64 = jobs.run(&["HLEN", "bullkeeper:draft-sizes"]).await;
    assert_eq!(sizes, 20);

    jobs.failed("email/v1", "large", DATA).await;
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(2_000_000));
    let form = operator.edit("email/v1", "large").await;
    let reviewed = operator
        .send("/job/review", &form.set("text", &large))
        .await;
    assert_eq!(
        reviewed.status,
        StatusCode::OK,
        "it is reviewed all the same"
    );
    assert_eq!(drafts(&mut jobs).await.len(), 20, "and not kept");
}

#[tokio::test]
async fn enter_in_the_reason_of_a_failed_job_saves_and_retries() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", DATA).await;
    let operator = app.operator().await;
    let page = review(&operator, r#"{"a":2}"#).await;
    // A browser presses a form's first button for Enter.
    let buttons = page.all("form.decide button");
    assert_eq!(buttons[..2], ["Save and retry", "Save"], "{}", page.text());
    assert_eq!(page.all("form.decide .primary"), ["Save and retry"]);
}
