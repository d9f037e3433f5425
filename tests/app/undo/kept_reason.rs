//! What was typed for an undo stays on the page that refuses it.

use reqwest::StatusCode;

use bullkeeper_testkit::schema_folder::Folder;
use bullkeeper_testkit::{EditForm, Person, Seen, TestApp};

use super::{edited, edits};

#[tokio::test]
async fn a_refused_undo_keeps_the_reason_that_was_typed() {
    let policy = r#"{"reason": {"ticket": "OPS-[0-9]+"}}"#;
    let folder = Folder::of(&[("email.policy.json", policy)]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.failed("email/v2", "1", r#"{"a":1,"b":1}"#).await;
    let edit = |data: &'static str| {
        let operator = operator.clone();
        async move {
            let form = operator.edit("email/v2", "1").await;
            let form = form.set("text", data).set("reason", "a slip, OPS-1");
            let saved = operator.send("/job/save", &form).await;
            assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
        }
    };
    edit(r#"{"a":2,"b":1}"#).await;
    let first = edits(&mut jobs).await.pop().unwrap();
    let undo = |reason: &'static str, then: &'static str| {
        let (operator, entry) = (operator.clone(), first.clone());
        async move {
            let form = [("entry", &*entry), ("reason", reason), ("then", then)];
            Seen::of(operator.post("/undo", &form).await).await
        }
    };

    let page = undo("typed without a ticket", "").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let form = EditForm::of(&page, "/undo");
    assert_eq!(form.get("reason"), "typed without a ticket");

    let lock = "bull:email/v2:1:lock";
    let _: () = jobs.run(&["SET", lock, "token"]).await;
    let page = undo("typed, OPS-2", "retry").await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text());
    let again = EditForm::of(&page, "/undo");
    assert_eq!(
        (again.get("reason"), again.get("then")),
        ("typed, OPS-2", "retry")
    );
    let _: u64 = jobs.run(&["DEL", lock]).await;

    // The editor takes it along where the later change is at another place.
    edit(r#"{"a":2,"b":7}"#).await;
    let page = undo("typed, OPS-3", "").await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text());
    assert_eq!(
        EditForm::of(&page, "/job/edit").get("reason"),
        "typed, OPS-3"
    );
    edit(r#"{"a":3,"b":1}"#).await;
    let page = undo("typed, OPS-4", "").await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text());
    assert_eq!(EditForm::of(&page, "/undo").get("reason"), "typed, OPS-4");
    edit(r#"{"a":2,"b":1}"#).await;

    // Once the way is free, the form that was kept undoes the edit and retries the job.
    let undone = operator.send("/undo", &again).await;
    assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.text());
    assert_eq!(
        jobs.data("email/v2", "1").await.unwrap(),
        br#"{"a":1,"b":1}"#
    );
    let waiting: Vec<String> = jobs.run(&["LRANGE", "bull:email/v2:wait", "0", "-1"]).await;
    assert_eq!(waiting, ["1"]);
    let entry = jobs.audit_of_jobs().await.into_iter().rev();
    let reasons: Vec<String> = entry.map(|one| one.get("reason").to_owned()).collect();
    assert_eq!(reasons[..2], ["typed, OPS-2", "typed, OPS-2"]);
}

#[tokio::test]
async fn an_undo_past_the_limit_of_changes_keeps_the_reason_that_was_typed() {
    let app = TestApp::with(&[("changes_per_minute", "1")]).await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let edit = edited(&mut jobs, &operator, "1", r#"{"a":2}"#).await;
    let page = undo_of(&operator, &edit).await;
    assert_eq!(
        page.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{}",
        page.text()
    );
    assert!(page.headers.contains_key("retry-after"));
    assert!(page.text().contains("Too many changes"), "{}", page.text());
    assert_eq!(EditForm::of(&page, "/undo").get("reason"), "back again");
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), br#"{"a":2}"#);
    // Its only change was the edit; somebody else has theirs.
    let admin = app.admin().await;
    let undone = undo_of(&admin, &edit).await;
    assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.text());
}

async fn undo_of(person: &Person, entry: &str) -> Seen {
    let form = [("entry", entry), ("reason", "back again")];
    Seen::of(person.post("/undo", &form).await).await
}
