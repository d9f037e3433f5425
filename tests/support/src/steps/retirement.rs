//! Retiring a version: one that can be retired, the form, and the result.

use reqwest::StatusCode;

use crate::finished_jobs::{completed, failed, finish};
use crate::{AuditEntry, Jobs, Person, Seen, TestApp, eventually, serde_urlencoded};

/// The version that is done; `email/v2` is the current one.
pub const QUEUE: &str = "email/v1";

/// A version that may be retired: three jobs are done in it, a newer version is there, and it need not be quiet.
pub async fn drained(settings: &[(&str, &str)]) -> (TestApp, Jobs, Person) {
    let app = TestApp::with(&[&[("retire_quiet", "0ms")], settings].concat()).await;
    let mut jobs = app.jobs().await;
    fill(&mut jobs).await;
    let admin = app.admin().await;
    settled(&admin).await;
    (app, jobs, admin)
}

/// Two versions whose jobs have all finished.
pub async fn fill(jobs: &mut Jobs) {
    finish(jobs, QUEUE, completed("1", "1")).await;
    finish(jobs, QUEUE, completed("order-2", "2")).await;
    finish(jobs, QUEUE, failed("3", "no such address")).await;
    finish(jobs, "email/v2", completed("1", "1")).await;
}

/// Waits until the newer version is known to be the current one.
pub async fn settled(admin: &Person) {
    eventually("the newer version is current", || async {
        let seen = dialog(admin, QUEUE).await;
        seen.status == StatusCode::OK && !seen.text().contains("current version")
    })
    .await;
}

/// The page that asks whether to retire a version.
pub async fn dialog(person: &Person, queue: &str) -> Seen {
    let path = format!("/family/retire?{}", serde_urlencoded(&[("queue", queue)]));
    Seen::of(person.get(&path).await).await
}

/// Retires a version as the dialog does, with its name typed.
pub async fn retire(person: &Person, queue: &str) -> Seen {
    let form = [("queue", queue), ("typed", queue), ("reason", "it is done")];
    Seen::of(person.post("/family/retire", &form).await).await
}

/// Waits until a run stands like this; its page then.
pub async fn stands(person: &Person, run: &str, state: &str) -> Seen {
    eventually(&format!("the run is {state}"), || async {
        person.page(run).await.all("#run .chip") == [state]
    })
    .await;
    person.page(run).await
}

/// All keys of a queue, in order.
pub async fn keys_of(jobs: &mut Jobs, queue: &str) -> Vec<String> {
    let mut keys: Vec<String> = jobs.run(&["KEYS", &format!("bull:{queue}:*")]).await;
    keys.sort();
    keys
}

/// The entries about retiring, oldest first.
pub async fn retirements(jobs: &mut Jobs) -> Vec<AuditEntry> {
    let mut entries = jobs.audit().await;
    entries.retain(|entry| entry.get("action") == "version.retire");
    entries
}

/// The outcomes of entries.
pub fn outcomes(entries: &[AuditEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.get("outcome")).collect()
}

/// Whether a text says it, as a sentence of its own or within one.
pub fn says(text: &str, what: &str) -> bool {
    text.to_lowercase().contains(&what.to_lowercase())
}
