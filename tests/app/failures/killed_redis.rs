//! Redis is killed again and again during edits: what is stored equals what was recorded, edit by edit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use bullkeeper::domain::job::Revision;
use reqwest::StatusCode;

use bullkeeper_testkit::{EditForm, Jobs, Person, Seen, TestApp, eventually};

/// Edits one job over and over, each time to a number that was never there, until `stop`.
async fn keep_editing(
    person: Person,
    id: String,
    next: Arc<AtomicU32>,
    stop: Arc<AtomicBool>,
    saved: Arc<AtomicU32>,
) -> Vec<String> {
    let mut told_saved = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let page = Seen::of(
            person
                .get(&format!("/job/edit?queue=email%2Fv2&id={id}"))
                .await,
        )
        .await;
        if page.status != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        }
        let text = format!("{{\"n\":{}}}", next.fetch_add(1, Ordering::Relaxed));
        let form = EditForm::of(&page, "/job/review")
            .set("text", &text)
            .set("reason", "again");
        let answer = person.send("/job/save", &form).await;
        if answer.location().starts_with("/job?") {
            told_saved.push(text);
            saved.fetch_add(1, Ordering::Relaxed);
        }
    }
    told_saved
}

fn digest(text: &[u8]) -> String {
    Revision::of(text).as_str().to_owned()
}

/// Asserts that the entries of a job's applied edits lead from its first data to its current data, without a gap.
async fn assert_every_change_is_recorded(
    jobs: &mut Jobs,
    id: &str,
    first: &str,
    told_saved: &[String],
) {
    let mut entries = jobs.audit_of_jobs().await;
    entries.retain(|entry| entry.get("job") == id && entry.get("outcome") == "applied");
    let mut at = digest(first.as_bytes());
    for entry in &entries {
        assert_eq!(
            entry.get("before"),
            at,
            "job {id}: no change between two entries"
        );
        at = entry.get("after").to_owned();
    }
    let now = jobs.data("email/v2", id).await.unwrap();
    assert_eq!(
        digest(&now),
        at,
        "job {id}: the last entry is of what is stored"
    );
    for text in told_saved {
        let after = digest(text.as_bytes());
        assert!(
            entries.iter().any(|entry| entry.get("after") == after),
            "{text} was told to be saved"
        );
    }
}

#[tokio::test]
async fn every_change_has_its_entry_however_often_redis_is_killed() {
    const FIRST: &str = r#"{"n":"first"}"#;
    let mut app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let (next, saved) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let stop = Arc::new(AtomicBool::new(false));
    let operator = app.operator().await;
    let mut editors = Vec::new();
    for id in ["1", "2", "3", "4"] {
        jobs.failed("email/v2", id, FIRST).await;
        let (person, next, stop, saved) =
            (operator.clone(), next.clone(), stop.clone(), saved.clone());
        editors.push((
            id,
            tokio::spawn(keep_editing(person, id.to_owned(), next, stop, saved)),
        ));
    }
    for _ in 0..10 {
        let before = saved.load(Ordering::Relaxed);
        eventually("some edits more are saved", || async {
            saved.load(Ordering::Relaxed) >= before + 10
        })
        .await;
        app.redis.kill();
        app.redis.start_again().await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut jobs = app.jobs().await;
    for (id, editor) in editors {
        let told_saved = editor.await.unwrap();
        assert!(!told_saved.is_empty());
        assert_every_change_is_recorded(&mut jobs, id, FIRST, &told_saved).await;
    }
}
