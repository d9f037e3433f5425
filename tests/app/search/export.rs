//! The jobs that a search finds, as a file.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::stream::counted;
use bullkeeper_testkit::{AuditEntry, Jobs, TestApp, eventually};
use reqwest::StatusCode;

use super::seed;

async fn exports(jobs: &Jobs) -> Vec<AuditEntry> {
    let mut entries = jobs.clone().audit().await;
    entries.retain(|entry| entry.get("action") == "jobs.export");
    entries
}

#[tokio::test]
async fn all_that_match_are_exported_with_exact_digits_and_the_export_is_recorded() {
    let app = TestApp::with(&[("redact", "password")]).await;
    let mut jobs = app.jobs().await;
    seed(&mut jobs, "email/v1", "failed", 1_500).await;
    let odd = r#"{"half": 1, "id": 12345678901234567890123, "text": "=1+1"}"#;
    jobs.waiting("email/v1", "odd", odd).await;
    jobs.waiting("email/v1", "broken", "{oops").await;
    let viewer = app.viewer().await;

    let answer = viewer
        .get("/search/export?q=data.half+%3D+1&queue=email/v1&format=jsonl")
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(
        answer.headers()["content-disposition"],
        "attachment; filename=\"bullkeeper-jobs.jsonl\""
    );
    let text = answer.text().await.unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines.len(),
        752,
        "750 of a state, one that waits, and a note"
    );
    let first = lines[0];
    assert!(
        first.contains(
            r#""queue":"email/v1","prefix":"bull","id":"odd","state":"waiting","name":"send""#
        ),
        "{first}"
    );
    assert!(first.contains(&format!(r#""data":{odd}"#)), "{first}");
    for line in &lines {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    assert_eq!(lines[751], r#"{"note":"1 jobs could not be searched"}"#);

    eventually("the export is recorded", || async {
        exports(&jobs).await.len() == 1
    })
    .await;
    let entries = exports(&jobs).await;
    assert_eq!(entries[0].get("queue"), "email/v1");
    assert_eq!(
        entries[0].get("note"),
        "as jsonl, of a queue, query \"data.half = 1\": 751 jobs"
    );
}

#[tokio::test]
async fn in_csv_no_cell_is_a_formula() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "=cmd", r#"{"n":1}"#).await;
    jobs.waiting("email/v1", "plain", "\"=1+1\"").await;
    let viewer = app.viewer().await;
    let answer = viewer
        .get("/search/export?q=&queue=email/v1&format=csv")
        .await;
    let text = answer.text().await.unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(&rows[0][2], "plain");
    assert_eq!(&rows[0][10], "\"'=1+1\"");
    assert_eq!(&rows[1][2], "'=cmd");
}

#[tokio::test]
async fn an_export_of_all_queues_has_no_hidden_one() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for queue in ["email/v1", "secret/v1"] {
        jobs.failed(queue, "1", "{}").await;
    }
    counted(&app, 2).await;
    let scoped = app.scoped("sue", Role::Viewer, &["email/*"]).await;
    let answer = scoped.get("/search/export?q=&format=jsonl").await;
    let text = answer.text().await.unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("email/v1"));
    for place in ["queue=secret/v1", "family=secret"] {
        let answer = scoped
            .get(&format!("/search/export?q=&{place}&format=csv"))
            .await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
    let answer = scoped.get("/search/export?q=&format=xml").await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}
