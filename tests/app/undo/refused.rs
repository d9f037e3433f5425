//! Undos that are refused: the data stays as it is, the page says why, and the log has that it was tried.

use reqwest::StatusCode;

use bullkeeper_testkit::schema_folder::Folder;
use bullkeeper_testkit::{EditForm, Jobs, Person, Seen, TestApp, eventually};

use super::{edited, edits, look};

const FORM: [(&str, &str); 1] = [("reason", "back again")];

/// Sends the form without a look at the page before.
async fn send(person: &Person, entry: &str) -> Seen {
    let form = [&FORM[..], &[("entry", entry)]].concat();
    Seen::of(person.post("/undo", &form).await).await
}

/// The outcome and the cause of the last entry about a job that was no success.
async fn refusal(app: &TestApp, jobs: &mut Jobs, edit: &str) -> (String, String) {
    app.services.finish_audit().await;
    let entries = jobs.audit_of_jobs().await;
    let refused = entries
        .iter()
        .rev()
        .find(|one| one.get("outcome") != "applied")
        .unwrap_or_else(|| panic!("{entries:?}"));
    assert_eq!(refused.get("undoes"), edit);
    assert_eq!(refused.get("reason"), "back again");
    assert_eq!((refused.get("patch"), refused.get("after")), ("", ""));
    (
        refused.get("outcome").to_owned(),
        refused.get("error").to_owned(),
    )
}

#[tokio::test]
async fn what_was_changed_since_is_listed_and_never_overwritten() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1,"b":1}"#).await;
    let operator = app.operator().await;
    let first = edited(&mut jobs, &operator, "1", r#"{"a":2,"b":1}"#).await;
    let admin = app.admin().await;
    let second = edited(&mut jobs, &admin, "1", r#"{"a":2,"b":7}"#).await;

    let page = send(&operator, &first).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text());
    let stored = jobs.data("email/v2", "1").await.unwrap();
    assert_eq!(stored, br#"{"a":2,"b":7}"#);
    let (outcome, cause) = refusal(&app, &mut jobs, &first).await;
    assert_eq!(outcome, "conflict");
    assert_eq!(cause, "the data was changed since");
    let told = page.text();
    assert!(
        told.contains("The job's data was changed after this edit."),
        "{told}"
    );
    let links = page.attributes("#since-h ~ * a, section a", "href");
    let entry = format!("/audit/entry?id={second}");
    assert!(links.contains(&entry), "{links:?}");
    assert_eq!(
        page.all("table.diff del mark, table.diff ins mark"),
        ["1", "7"]
    );

    // The editor is offered with the later change kept and the edit taken out.
    let form = EditForm::of(&page, "/job/edit");
    assert_eq!(
        form.get("text").replace(char::is_whitespace, ""),
        r#"{"a":1,"b":7}"#
    );
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let stored = jobs.data("email/v2", "1").await.unwrap();
    assert_eq!(stored, br#"{"a":1,"b":7}"#);
}

#[tokio::test]
async fn where_the_same_place_or_another_program_changed_it_there_is_no_merge() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let first = edited(&mut jobs, &operator, "1", r#"{"a":2}"#).await;
    edited(&mut jobs, &operator, "1", r#"{"a":3}"#).await;
    let page = look(&operator, &first).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert!(!page.body.contains("/job/edit\""), "{}", page.body);

    let key = "bull:email/v2:1";
    let _: u64 = jobs.run(&["HSET", key, "data", r#"{"a":4}"#]).await;
    let told = look(&operator, &first).await.text();
    assert!(
        told.contains("What the edit left is not known any more"),
        "{told}"
    );
    let stored = jobs.data("email/v2", "1").await.unwrap();
    assert_eq!(stored, br#"{"a":4}"#);
}

#[tokio::test]
async fn a_job_in_a_workers_hands_and_one_that_is_gone_are_left_alone() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let edit = edited(&mut jobs, &operator, "1", r#"{"a":2}"#).await;
    let lock = "bull:email/v2:1:lock";
    let _: () = jobs.run(&["SET", lock, "token"]).await;
    let page = send(&operator, &edit).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text());
    assert!(page.text().contains("lock"), "{}", page.text());
    assert_eq!(refusal(&app, &mut jobs, &edit).await.0, "conflict");
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), br#"{"a":2}"#);
    let _: u64 = jobs.run(&["DEL", lock]).await;

    let removed = operator
        .post("/job/remove", &[("queue", "email/v2"), ("id", "1")])
        .await;
    assert_eq!(removed.status(), StatusCode::SEE_OTHER);
    let page = send(&operator, &edit).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "{}", page.text());
    assert!(page.text().contains("job.remove"), "{}", page.text());
    assert_eq!(refusal(&app, &mut jobs, &edit).await.0, "failed");
    assert_eq!(jobs.data("email/v2", "1").await, None);
}

#[tokio::test]
async fn data_that_bullmq_can_not_read_does_not_come_back() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (id, before) in [("1", &b"{oops"[..]), ("2", b"{\"a\":\"\xff\"}")] {
        jobs.failed("email/v2", id, before).await;
        let edit = edited(&mut jobs, &operator, id, r#"{"a":2}"#).await;
        let page = send(&operator, &edit).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            page.text().contains("BullMQ can't read that"),
            "{}",
            page.text()
        );
        assert_eq!(refusal(&app, &mut jobs, &edit).await.0, "invalid");
        assert_eq!(jobs.data("email/v2", id).await.unwrap(), br#"{"a":2}"#);
    }
}

#[tokio::test]
async fn the_schema_in_force_now_decides() {
    let folder = Folder::of(&[]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"n":"x"}"#).await;
    let operator = app.operator().await;
    let edit = edited(&mut jobs, &operator, "1", r#"{"n":2}"#).await;
    folder.write(
        "email.json",
        r#"{"properties":{"n":{"type":"integer"}},"type":"object"}"#,
    );
    eventually("the schema is read", || async {
        look(&operator, &edit).await.status == StatusCode::UNPROCESSABLE_ENTITY
    })
    .await;
    let page = send(&operator, &edit).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("/n"), "{}", page.text());
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), br#"{"n":2}"#);
    assert_eq!(refusal(&app, &mut jobs, &edit).await.0, "invalid");
}

#[tokio::test]
async fn values_that_the_log_hides_are_not_restored_and_others_are() {
    let app = TestApp::with(&[("redact", "password")]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let before = r#"{"b":1,"a":1,"password":"xyzzy-1"}"#;
    jobs.failed("email/v2", "1", before).await;
    let edit = edited(
        &mut jobs,
        &operator,
        "1",
        r#"{"b":1,"a":1,"password":"xyzzy-2"}"#,
    )
    .await;
    let page = send(&operator, &edit).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.text().contains("The audit log hides values"),
        "{}",
        page.text()
    );
    assert_eq!(refusal(&app, &mut jobs, &edit).await.0, "failed");

    jobs.failed("email/v2", "2", before).await;
    let edit = edited(&mut jobs, &operator, "2", r#"{"a":1,"password":"xyzzy-1"}"#).await;
    let page = send(&operator, &edit).await;
    assert_eq!(
        page.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        page.text()
    );
    jobs.failed("email/v2", "3", before).await;
    let edit = edited(
        &mut jobs,
        &operator,
        "3",
        &before.replace("\"a\":1", "\"a\":2"),
    )
    .await;
    assert_eq!(send(&operator, &edit).await.status, StatusCode::SEE_OTHER);
    assert_eq!(jobs.data("email/v2", "3").await.unwrap(), before.as_bytes());
}

#[tokio::test]
async fn entries_of_other_actions_and_of_what_was_not_saved_say_why_they_can_not_be_undone() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await.set("text", "{oops");
    operator.send("/job/save", &form).await;
    for path in ["/job/retry", "/job/remove"] {
        let form = [("queue", "email/v2"), ("id", "1")];
        assert_eq!(
            operator.post(path, &form).await.status(),
            StatusCode::SEE_OTHER
        );
    }
    app.services.finish_audit().await;
    let stream: redis::streams::StreamRangeReply =
        jobs.run(&["XRANGE", "bullkeeper:audit", "-", "+"]).await;
    for (action, why) in [
        ("job.edit", "was not saved"),
        ("job.retry", "Only an edit"),
        ("job.remove", "A removal can't be undone"),
    ] {
        let of = |one: &&redis::streams::StreamId| {
            one.get::<String>("action").as_deref() == Some(action)
        };
        let entry = stream.ids.iter().find(of).unwrap();
        let page = send(&operator, &entry.id).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{action}");
        assert!(page.text().contains(why), "{}", page.text());
    }
    assert_eq!(send(&operator, "1-1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_missing_reason_keeps_the_page_and_an_edit_undone_before_changes_nothing() {
    let app = TestApp::with(&[("require_reason", "true")]).await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let edit = edited(&mut jobs, &operator, "1", r#"{"a":2}"#).await;
    let form = EditForm::of(&look(&operator, &edit).await, "/undo").set("reason", " ");
    let page = operator.send("/undo", &form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.text().contains("A reason is required."),
        "{}",
        page.text()
    );
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), br#"{"a":2}"#);

    assert_eq!(send(&operator, &edit).await.status, StatusCode::SEE_OTHER);
    let page = send(&operator, &edit).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert!(
        page.text().contains("already what it was"),
        "{}",
        page.text()
    );
    assert_eq!(edits(&mut jobs).await.len(), 2);
}

#[tokio::test]
async fn the_policy_in_force_now_decides_and_what_it_hides_is_not_shown() {
    let folder = Folder::of(&[]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":"xyzzy","b":1}"#).await;
    let operator = app.operator().await;
    let edit = edited(&mut jobs, &operator, "1", r#"{"a":"plain","b":1}"#).await;
    folder.write("email.policy.json", r#"{"editable":["/b"]}"#);
    eventually("the policy is read", || async {
        look(&operator, &edit).await.status == StatusCode::UNPROCESSABLE_ENTITY
    })
    .await;
    let page = send(&operator, &edit).await;
    assert!(page.text().contains("/a"), "{}", page.text());
    assert_eq!(refusal(&app, &mut jobs, &edit).await.0, "invalid");

    folder.write("email.policy.json", r#"{"sensitive":["/a"]}"#);
    eventually("the policy is read again", || async {
        let told = look(&operator, &edit).await.text();
        told.contains("hides some of this job's data from you")
    })
    .await;
    let page = send(&operator, &edit).await;
    assert!(!page.body.contains("xyzzy"), "{}", page.body);
    let stored = jobs.data("email/v2", "1").await.unwrap();
    assert_eq!(stored, br#"{"a":"plain","b":1}"#);
    // A part of such data is not shown either: the whole editor knows how to hide it.
    let part = "/job/edit/part?queue=email/v2&id=1&pointer=/a";
    let page = Seen::of(operator.get(part).await).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert!(page.location().contains("whole=1"), "{}", page.location());
}

#[tokio::test]
async fn a_policy_for_another_name_does_not_look_like_a_later_change() {
    let folder = Folder::of(&[]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1,"b":1}"#).await;
    let operator = app.operator().await;
    let edit = edited(&mut jobs, &operator, "1", r#"{"a":1,"b":2}"#).await;
    let stored = jobs.audit_of_jobs().await.pop().unwrap();
    folder.write("email/another.policy.json", r#"{"sensitive":["/c"]}"#);
    eventually("the policy is read", || async {
        let export = operator.get("/audit/export?format=jsonl").await;
        !export.text().await.unwrap().contains(stored.get("after"))
    })
    .await;
    let page = look(&operator, &edit).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let undone = send(&operator, &edit).await;
    assert!(
        !undone.text().contains("changed since"),
        "{}",
        undone.text()
    );
    let stored = jobs.data("email/v2", "1").await.unwrap();
    assert_eq!(stored, br#"{"a":1,"b":1}"#);
}
