//! The cost of a first visit: requests, and bytes over the network.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::browser::Browser;
use crate::harness::logs::{self, Request};
use crate::harness::places::edit_path;
use crate::harness::shop::{JOB, QUEUE, Shop};

/// How long a page may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// No refresh while the page is measured.
const QUIET: [(&str, &str); 1] = [("refresh", "1m")];

/// Opens a page with an empty cache. Returns the requests.
async fn first_visit(browser: &Browser, path: &str) -> Vec<Request> {
    browser.tools("Network.clearBrowserCache", json!({})).await;
    let mut events = logs::events(browser).await;
    events.clear();
    browser.goto(path).await;
    let began = Instant::now();
    loop {
        events.extend(logs::events(browser).await);
        // A live page's stream does not end, so it is not counted.
        let mut requests = logs::gather(&events);
        requests.retain(|request| !request.url.contains("/events/"));
        if !requests.is_empty() && requests.iter().all(|request| request.bytes.is_some()) {
            return requests;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "not all has come: {requests:#?}"
        );
    }
}

fn weigh(requests: &[Request]) -> u64 {
    requests.iter().filter_map(|request| request.bytes).sum()
}

#[tokio::test]
async fn the_overview_of_forty_queues_is_eight_requests_and_60_kb_at_most() {
    let mut shop = Shop::with(&[]).await;
    for family in 0..10 {
        for version in 1..=4 {
            let name = format!("family-number-{family}/v{version}");
            shop.jobs.failed(&name, "1", "{}").await;
            shop.jobs.waiting(&name, "2", "{}").await;
        }
    }
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("viewer").await;
    let requests = first_visit(&browser, "/").await;
    browser.see("41 of 41 queues").await;
    assert!(requests.len() <= 8, "{requests:#?}");
    assert!(
        weigh(&requests) <= 60_000,
        "{} bytes: {requests:#?}",
        weigh(&requests)
    );
}

#[tokio::test]
async fn the_editor_is_180_kb_at_most() {
    let shop = Shop::with(&QUIET).await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    let requests = first_visit(&browser, &edit_path(QUEUE, JOB)).await;
    crate::harness::steps::code(&browser).await;
    assert!(
        requests
            .iter()
            .any(|request| request.url.contains("codemirror")),
        "{requests:#?}"
    );
    assert!(
        weigh(&requests) <= 180_000,
        "{} bytes: {requests:#?}",
        weigh(&requests)
    );
}
