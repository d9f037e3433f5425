//! The series of Bullkeeper itself.

use bullkeeper_testkit::one_repair::{BEFORE, ready_edit, retry};
use bullkeeper_testkit::stream::Listening;
use bullkeeper_testkit::{eventually, now};
use reqwest::StatusCode;

use super::{app_with, retry_failed, scrape, told, value};

fn action(action: &str, outcome: &str) -> String {
    format!(r#"bullkeeper_actions_total{{action="{action}",outcome="{outcome}"}}"#)
}

#[tokio::test]
async fn edits_operations_and_denials_are_counted_by_outcome() {
    let app = app_with(&[("redis_timeout", "30s")]).await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", BEFORE).await;
    let (viewer, operator) = (app.viewer().await, app.operator().await);
    let form = ready_edit(&operator, "1").await;
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let late = ready_edit(&operator, "1").await;
    jobs.failed("email/v2", "1", r#"{"changed":"by another"}"#)
        .await;
    let refused = operator.send("/job/save", &late).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    retry(&viewer, "1").await;
    retry(&operator, "1").await;
    app.stranger().sign_in("operator", "wrong").await;
    told(&app, &action("job.edit", "applied"), 1.0).await;
    told(&app, &action("job.retry", "applied"), 1.0).await;
    told(&app, &action("session.sign-in", "denied"), 1.0).await;
    let text = scrape(&app).await;
    assert_eq!(value(&text, &action("job.edit", "conflict")), Some(1.0));
    assert_eq!(value(&text, &action("job.retry", "denied")), Some(1.0));
    assert_eq!(
        value(&text, &action("session.sign-in", "applied")),
        Some(2.0)
    );
}

#[tokio::test]
async fn an_audit_entry_that_redis_refuses_shows_as_lag() {
    let app = app_with(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", BEFORE).await;
    let viewer = app.viewer().await;
    told(&app, "bullkeeper_audit_unwritten_entries", 0.0).await;
    jobs.run::<()>(&["CONFIG", "SET", "maxmemory", "1"]).await;
    retry(&viewer, "1").await;
    told(&app, "bullkeeper_audit_unwritten_entries", 1.0).await;
    eventually("it grows old", || async {
        value(&scrape(&app).await, "bullkeeper_audit_lag_seconds").unwrap() > 0.5
    })
    .await;
    jobs.run::<()>(&["CONFIG", "SET", "maxmemory", "0"]).await;
    told(&app, "bullkeeper_audit_lag_seconds", 0.0).await;
}

#[tokio::test]
async fn streams_runs_memory_and_round_trips_are_told() {
    let app = app_with(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", "{}").await;
    let (viewer, operator) = (app.viewer().await, app.operator().await);
    told(&app, "bullkeeper_live_streams", 0.0).await;
    let page = viewer.page("/").await;
    let stream = Listening::of(&viewer, &page).await;
    told(&app, "bullkeeper_live_streams", 1.0).await;
    drop(stream);
    told(&app, "bullkeeper_live_streams", 0.0).await;
    retry_failed(&app, &operator).await;
    told(&app, "bullkeeper_runs_running", 0.0).await;
    told(&app, "bullkeeper_leader", 1.0).await;
    let text = scrape(&app).await;
    let version = env!("CARGO_PKG_VERSION");
    let build = format!("bullkeeper_build_info{{version=\"{version}\"}}");
    assert_eq!(value(&text, &build), Some(1.0));
    assert!(value(&text, "bullkeeper_redis_command_seconds_count").unwrap() > 10.0);
    assert!(value(&text, "bullkeeper_redis_command_seconds_sum").unwrap() > 0.0);
    assert!(value(&text, "bullkeeper_queue_counts_total").unwrap() > 0.0);
    let began = value(&text, "process_start_time_seconds").unwrap();
    assert!(began > 1.0 && began * 1_000.0 < now() as f64);
    if cfg!(target_os = "linux") {
        assert!(value(&text, "process_resident_memory_bytes").unwrap() > 1_000_000.0);
    }
}
