//! What becomes of a removed job's data in odd cases: it is kept as it was, or the job stays.

use bullkeeper_testkit::TestApp;
use bullkeeper_testkit::retry::outcomes;
use reqwest::StatusCode;

const REMOVE: [(&str, &str); 2] = [("queue", "email/v1"), ("id", "1")];

const ENTRIES: &str = "bullkeeper:audit:bull:email/v1:1";

#[tokio::test]
async fn data_of_a_removed_job_that_is_no_text_is_kept_byte_by_byte() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let data = b"{\"name\":\"J\xf6rg\xff\"}";
    jobs.failed("email/v1", "1", data).await;
    let removed = operator.post("/job/remove", &REMOVE).await;
    assert_eq!(removed.status(), StatusCode::SEE_OTHER);
    let id: String = jobs.run(&["LINDEX", ENTRIES, "0"]).await;
    let before = operator.get(&format!("/audit/before?id={id}")).await;
    assert_eq!(before.status(), StatusCode::OK);
    assert_eq!(before.bytes().await.unwrap(), &data[..]);
    let page = operator.page(&format!("/audit/entry?id={id}")).await;
    assert!(
        page.text().contains("The data before is kept"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn data_that_an_edit_replaces_and_that_is_no_text_is_kept_byte_by_byte() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let data = b"{\"name\":\"J\xf6rg\"}";
    jobs.failed("email/v1", "1", data).await;
    let form = operator.edit("email/v1", "1").await;
    let form = form.set("text", "{\"name\":\"Joerg\"}").set("reason", "r");
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let id: String = jobs.run(&["LINDEX", ENTRIES, "0"]).await;
    let before = operator.get(&format!("/audit/before?id={id}")).await;
    assert_eq!(before.bytes().await.unwrap(), &data[..]);
}

#[tokio::test]
async fn a_job_stays_where_what_has_to_be_hidden_in_its_data_can_not_be_found() {
    let app = TestApp::with(&[("redact", "password")]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let data = "{\"password\":\"hunter2";
    jobs.failed("email/v1", "1", data).await;
    let mut form = REMOVE.to_vec();
    form.push(("reason", "password=hunter2"));
    let refused = operator.post("/job/remove", &form).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let told = refused.text().await.unwrap();
    assert!(told.contains("is not JSON"), "{told}");
    let left = jobs.data("email/v1", "1").await.unwrap();
    assert_eq!(left, data.as_bytes(), "it is still there");
    assert_eq!(jobs.sorted("email/v1", "failed").await.len(), 1);
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(outcomes(&entries), [("job.remove", "invalid")]);
    assert!(!format!("{entries:?}").contains("hunter2"), "{entries:?}");
}

#[tokio::test]
async fn a_secret_of_a_removed_job_is_hidden_in_the_reason_too() {
    let app = TestApp::with(&[("redact", "password")]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.failed("email/v1", "1", r#"{"password":"correct horse"}"#)
        .await;
    let mut form = REMOVE.to_vec();
    form.push(("reason", "told everybody correct horse"));
    let removed = operator.post("/job/remove", &form).await;
    assert_eq!(removed.status(), StatusCode::SEE_OTHER);
    let entries = jobs.audit_of_jobs().await;
    let reason = entries[0].get("reason");
    assert!(
        reason.starts_with("told everybody") && !reason.contains("horse"),
        "{reason}"
    );
}

#[tokio::test]
async fn removals_of_large_data_wait_for_memory_and_are_refused_where_there_is_none() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let data = format!(r#"{{"text":"{}"}}"#, "large ".repeat(100_000));
    jobs.failed("email/v1", "1", &data).await;
    let taken = app
        .services
        .room()
        .take(u64::MAX, std::time::Duration::from_secs(5))
        .await
        .unwrap();
    let refused = operator.post("/job/remove", &REMOVE).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let left = jobs.data("email/v1", "1").await.unwrap();
    assert_eq!(left.len(), data.len(), "it is still there");
    drop(taken);
    let removed = operator.post("/job/remove", &REMOVE).await;
    assert_eq!(removed.status(), StatusCode::SEE_OTHER);
}
