//! Many queues and odd names.

use bullkeeper_testkit::now;

use super::ops::check;
use super::{app_with, event, scrape, told, value};

#[tokio::test]
async fn queues_over_the_limit_are_summed_and_counted() {
    let app = app_with(&[("metrics_queues", "2")]).await;
    let mut jobs = app.jobs().await;
    for queue in 0..5 {
        jobs.many(&format!("q{queue}"), queue + 1).await;
    }
    told(&app, "bullkeeper_queues", 5.0).await;
    told(&app, "bullkeeper_metrics_dropped_queues", 3.0).await;
    let text = scrape(&app).await;
    let outstanding: Vec<(&str, f64)> = series(&text, "bullkeeper_queue_outstanding_jobs");
    assert_eq!(outstanding.len(), 3, "{outstanding:?}");
    let all: f64 = outstanding.iter().map(|(_, jobs)| jobs).sum();
    assert_eq!(
        all, 15.0,
        "the sum over all series is right: {outstanding:?}"
    );
    let rest = r#"{prefix="bull"}"#;
    assert!(
        outstanding.iter().any(|(labels, _)| *labels == rest),
        "{outstanding:?}"
    );
    let stranded = r#"bullkeeper_queue_lifecycle{prefix="bull",lifecycle="stranded"}"#;
    assert_eq!(value(&text, stranded), Some(3.0));

    // The counters of a sum never shrink, also when one of its queues is gone.
    let dropped = (0..5).map(|queue| format!("q{queue}"));
    let dropped: Vec<String> = dropped
        .filter(|queue| !text.contains(&format!("queue=\"{queue}\"")))
        .collect();
    for queue in &dropped {
        event(&mut jobs, queue, now(), "completed", "x").await;
    }
    let completed = format!("bullkeeper_queue_jobs_completed_total{rest}");
    told(&app, &completed, 3.0).await;
    jobs.forget(&dropped[0]).await;
    told(&app, "bullkeeper_metrics_dropped_queues", 2.0).await;
    assert_eq!(value(&scrape(&app).await, &completed), Some(3.0));
    event(&mut jobs, &dropped[1], now(), "completed", "y").await;
    told(&app, &completed, 4.0).await;
}

/// The series of a metric: their labels and values.
fn series<'a>(text: &'a str, name: &str) -> Vec<(&'a str, f64)> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(name));
    let series = lines.filter_map(|line| line.rsplit_once(' '));
    series
        .filter(|(labels, _)| labels.starts_with('{'))
        .map(|(labels, value)| (labels, value.parse().unwrap()))
        .collect()
}

#[tokio::test]
async fn odd_names_break_no_scrape() {
    let app = app_with(&[]).await;
    let mut jobs = app.jobs().await;
    let (long, longer) = ("ü".repeat(4_000), format!("{}x", "ü".repeat(3_999)));
    let odd = [
        "a\"b",
        "a\nb",
        "a\\b",
        "a\0b",
        "a\rb",
        "a\u{1}\u{7f}b",
        "{}=,",
        "# EOF",
        &long,
        &longer,
    ];
    for name in odd {
        jobs.waiting(name, "1", "{}").await;
    }
    // Too long for a queue: nobody sees it.
    jobs.waiting(&"x".repeat(1_000_000), "1", "{}").await;
    told(&app, "bullkeeper_queues", odd.len() as f64).await;
    let text = scrape(&app).await;
    let told = series(&text, "bullkeeper_queue_outstanding_jobs").len();
    assert_eq!(told, odd.len(), "{text}");
    assert!(
        text.contains(r#"queue="a\"b""#) && text.contains(r#"queue="a\nb""#),
        "{text}"
    );
    assert!(!text.contains(['\0', '\r']));
    assert!(text.lines().all(|line| line.len() < 1_000));
    check(&text).await;
}

/// Commands that counting queues and finding their workers take, and nothing that goes on beside.
const READS: [&str; 3] = ["llen", "zcard", "client|list"];

#[tokio::test]
async fn a_scrape_costs_redis_nothing_and_is_drawn_once_a_second() {
    // Nothing is counted without an event.
    let quiet = [
        ("round", "1h"),
        ("refresh", "60s"),
        ("redis_timeout", "30s"),
    ];
    let app = app_with(&quiet).await;
    let mut jobs = app.jobs().await;
    for queue in 0..60 {
        jobs.waiting(&format!("q{queue}"), "1", "{}").await;
    }
    told(&app, "bullkeeper_queues", 60.0).await;
    let before = reads(&mut jobs).await;
    assert!(before > 60, "{before}");
    let began = std::time::Instant::now();
    let mut texts = Vec::new();
    for _ in 0..50 {
        texts.push(scrape(&app).await);
        super::scrape_open(&app).await;
    }
    assert_eq!(reads(&mut jobs).await, before);
    texts.dedup();
    let most = began.elapsed().as_secs() + 2;
    assert!(texts.len() as u64 <= most, "{} were drawn", texts.len());
}

async fn reads(jobs: &mut bullkeeper_testkit::Jobs) -> u64 {
    let mut sum = 0;
    for command in READS {
        sum += jobs.calls(command).await;
    }
    sum
}
