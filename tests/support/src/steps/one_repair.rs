//! One edit and one retry of a job of `email/v2`, while Redis refuses them and after.

use reqwest::StatusCode;

use crate::{AuditEntry, EditForm, Jobs, Person, Seen};

/// The data of the job before the edit.
pub const BEFORE: &[u8] = br#"{"a":1}"#;

/// An edit of the job that is ready to be saved.
pub async fn ready_edit(person: &Person, id: &str) -> EditForm {
    let form = person.edit("email/v2", id).await;
    form.set("text", r#"{"a":2}"#).set("reason", "r")
}

/// Presses Retry on the job.
pub async fn retry(person: &Person, id: &str) -> Seen {
    let form = [("queue", "email/v2"), ("id", id)];
    Seen::of(person.post("/job/retry", &form).await).await
}

/// The answer is 503 and says `word`.
pub fn assert_refused(page: &Seen, word: &str) {
    assert_eq!(
        page.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        page.text()
    );
    assert!(page.text().contains(word), "{}", page.text());
}

/// The text of the edit is on the page.
pub fn assert_keeps_the_text(page: &Seen) {
    assert!(page.body.contains("{&#34;a&#34;:2}"), "{}", page.text());
}

/// The entries about jobs without those about what Redis refused, which come when Redis takes entries again.
pub async fn recorded(jobs: &mut Jobs) -> Vec<AuditEntry> {
    let mut entries = jobs.audit_of_jobs().await;
    entries.retain(|entry| entry.get("outcome") != "failed");
    entries
}

/// Neither an edit nor a retry of the job has left a trace.
pub async fn assert_untouched(jobs: &mut Jobs, id: &str) {
    assert_eq!(jobs.data("email/v2", id).await.unwrap(), BEFORE);
    let failed: Option<f64> = jobs.run(&["ZSCORE", "bull:email/v2:failed", id]).await;
    assert!(failed.is_some(), "still failed");
    let waiting: Vec<String> = jobs.run(&["LRANGE", "bull:email/v2:wait", "0", "-1"]).await;
    assert!(!waiting.contains(&id.to_owned()));
}

/// An edit, then a retry, work: nothing was left broken by what was refused before.
pub async fn assert_works(jobs: &mut Jobs, person: &Person, form: &EditForm, id: &str) {
    let saved = person.send("/job/save", form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(jobs.data("email/v2", id).await.unwrap(), br#"{"a":2}"#);
    let retried = retry(person, id).await;
    assert_eq!(retried.status, StatusCode::SEE_OTHER, "{}", retried.text());
    let entries = recorded(jobs).await;
    let ended: Vec<(&str, &str)> = entries
        .iter()
        .rev()
        .take(2)
        .map(|entry| (entry.get("action"), entry.get("outcome")))
        .collect();
    let expected = [("job.retry", "applied"), ("job.edit", "applied")];
    assert_eq!(ended, expected);
}
