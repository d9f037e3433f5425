//! The series of queues.

use bullkeeper_testkit::clients::client;
use bullkeeper_testkit::now;

use super::{app_with, event, scrape, scrape_open, told, value};

const V1: &str = r#"prefix="bull",family="email",version="v1",queue="email/v1""#;
const V2: &str = r#"prefix="bull",family="email",version="v2",queue="email/v2""#;

#[tokio::test]
async fn a_scrape_tells_each_queues_jobs_by_state_and_what_its_version_does() {
    let app = app_with(&[]).await;
    let mut jobs = app.jobs().await;
    let _worker = client(&app.redis, 0, "email/v2", "").await;
    for id in ["1", "2", "3"] {
        jobs.waiting("email/v2", id, "{}").await;
    }
    jobs.failed("email/v2", "4", "{}").await;
    jobs.waiting("email/v1", "1", "{}").await;
    let of = |name: &str, labels: &str| format!("bullkeeper_queue_{name}{{{labels}}}");
    told(&app, &of("jobs", &format!("{V2},state=\"waiting\"")), 3.0).await;
    told(&app, &of("workers", V2), 1.0).await;
    told(
        &app,
        &of("lifecycle", &format!("{V1},lifecycle=\"stranded\"")),
        1.0,
    )
    .await;
    let text = scrape(&app).await;
    let told = |name: &str, labels: &str| value(&text, &of(name, labels));
    assert_eq!(told("jobs", &format!("{V2},state=\"failed\"")), Some(1.0));
    assert_eq!(told("jobs", &format!("{V2},state=\"active\"")), Some(0.0));
    assert_eq!(told("outstanding_jobs", V2), Some(3.0));
    assert_eq!(
        told("lifecycle", &format!("{V2},lifecycle=\"current\"")),
        Some(1.0)
    );
    assert_eq!(
        told("lifecycle", &format!("{V2},lifecycle=\"stranded\"")),
        Some(0.0)
    );
    assert_eq!(told("workers", V1), Some(0.0));
    assert_eq!(told("paused", V1), Some(0.0));
    assert!(told("oldest_wait_seconds", V2).unwrap() > 0.0, "{text}");
    assert_eq!(value(&text, "bullkeeper_queues"), Some(2.0));
    assert_eq!(value(&text, "bullkeeper_metrics_dropped_queues"), Some(0.0));
}

#[tokio::test]
async fn jobs_that_a_pause_holds_back_are_paused_and_counted_once() {
    let app = app_with(&[]).await;
    let mut jobs = app.jobs().await;
    // BullMQ 6 leaves them in the list of those that wait.
    jobs.queue("email", "bullmq:6.7.0").await;
    jobs.many("email", 5).await;
    jobs.run::<u64>(&["HSET", "bull:email:meta", "paused", "1"])
        .await;
    let of = |state: &str| {
        format!(
            r#"bullkeeper_queue_jobs{{prefix="bull",family="email",queue="email",state="{state}"}}"#
        )
    };
    told(&app, &of("paused"), 5.0).await;
    assert_eq!(value(&scrape(&app).await, &of("waiting")), Some(0.0));
}

#[tokio::test]
async fn counters_and_histograms_tell_what_events_told() {
    let app = app_with(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email", "0", "{}").await;
    let labels = r#"prefix="bull",family="email",queue="email""#;
    let of = |name: &str| format!("bullkeeper_queue_{name}{{{labels}}}");
    told(&app, &of("outstanding_jobs"), 1.0).await;
    let begun = now();
    let at = [
        (0, "added", ["1", "2", "3"].as_slice()),
        (0, "waiting", &["1", "2", "3"]),
        (300, "active", &["1", "2", "3"]),
        (340, "failed", &["2"]),
        (340, "completed", &["3"]),
        (2_300, "completed", &["1"]),
    ];
    for (after, kind, ids) in at {
        for id in ids {
            event(&mut jobs, "email", begun + after, kind, id).await;
        }
    }
    told(&app, &of("jobs_added_total"), 3.0).await;
    told(&app, &of("jobs_completed_total"), 2.0).await;
    let text = scrape(&app).await;
    assert_eq!(value(&text, &of("jobs_failed_total")), Some(1.0));
    assert_eq!(value(&text, &of("wait_seconds_count")), Some(3.0));
    assert_eq!(value(&text, &of("wait_seconds_sum")), Some(0.9));
    assert_eq!(value(&text, &of("processing_seconds_count")), Some(3.0));
    assert_eq!(value(&text, &of("processing_seconds_sum")), Some(2.08));
    let bucket = |le: &str| {
        let series = format!("bullkeeper_queue_processing_seconds_bucket{{{labels},le=\"{le}\"}}");
        value(&text, &series)
    };
    let buckets = ["0.01", "0.05", "1", "5", "+Inf"].map(bucket);
    assert_eq!(buckets, [0.0, 2.0, 2.0, 3.0, 3.0].map(Some));
    let open = scrape_open(&app).await;
    assert!(
        open.contains("# TYPE bullkeeper_queue_jobs_added counter\n"),
        "{open}"
    );
    assert!(
        open.contains("# UNIT bullkeeper_queue_wait_seconds seconds\n"),
        "{open}"
    );
    assert!(open.ends_with("# EOF\n"), "{open}");
}
