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

/// Whether the page says that it is live.
const IS_LIVE: &str = "document.getElementById('live')?.textContent === 'Live'";

/// Opens a page with nothing in the cache. Returns what was asked for.
async fn first_visit(browser: &Browser, path: &str) -> Vec<Request> {
    browser.tools("Network.clearBrowserCache", json!({})).await;
    let mut events = logs::events(browser).await;
    events.clear();
    browser.goto(path).await;
    let began = Instant::now();
    loop {
        events.extend(logs::events(browser).await);
        // A live page's stream does not end: it counts as a request, and what has come of it so far is its weight.
        let requests = logs::gather(&events);
        let has_come = |request: &Request| request.bytes.is_some() || is_stream(request);
        if requests.len() > 1 && requests.iter().all(has_come) {
            return requests;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "not all has come: {requests:#?}"
        );
    }
}

fn is_stream(request: &Request) -> bool {
    request.url.contains("/events/")
}

fn weigh(requests: &[Request]) -> u64 {
    requests.iter().filter_map(|request| request.bytes).sum()
}

#[tokio::test]
async fn a_first_visit_to_an_overview_of_forty_queues_is_eight_requests_and_49_kb_at_most() {
    let mut shop = Shop::with(&[]).await;
    for family in 0..10 {
        for version in 1..=4 {
            let name = format!("family-number-{family}/v{version}");
            shop.jobs.failed(&name, "1", "{}").await;
            shop.jobs.waiting(&name, "2", "{}").await;
        }
    }
    shop.all_counted(41).await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("viewer").await;
    let mut requests = first_visit(&browser, "/").await;
    browser.see("41 of 41 queues").await;
    browser.until("it is live", IS_LIVE).await;
    // The stream begins last of all.
    requests.extend(logs::gather(&logs::events(&browser).await));
    let streams = requests.iter().filter(|request| is_stream(request));
    assert_eq!(streams.count(), 1, "{requests:#?}");
    assert!(requests.len() <= 8, "{requests:#?}");
    assert!(
        weigh(&requests) <= 49_000,
        "{} bytes: {requests:#?}",
        weigh(&requests)
    );
}

#[tokio::test]
async fn a_live_overview_asks_for_no_icon_again_and_its_changes_come_compressed() {
    const CHANGES: usize = 40;
    let mut shop = Shop::with(&QUIET).await;
    for queue in 0..20 {
        let name = format!("family-{}/v{queue}", queue % 5);
        shop.jobs.waiting(&name, "1", "{}").await;
    }
    shop.all_counted(21).await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("viewer").await;
    browser.goto("/").await;
    browser.until("it is live", IS_LIVE).await;
    let loaded = logs::events(&browser).await;
    assert_eq!(logs::encoding(&loaded, "/events/overview"), "gzip");
    for change in 1..=CHANGES {
        let change = change.to_string();
        let script = "
for _, queue in ipairs({'family-0/v5', 'family-1/v6'}) do
  redis.call('ZADD', 'bull:' .. queue .. ':completed', ARGV[1], ARGV[1])
  redis.call('XADD', 'bull:' .. queue .. ':events', '*', 'event', 'completed', 'jobId', ARGV[1])
end";
        shop.jobs.run::<()>(&["EVAL", script, "0", &change]).await;
        let link = r#"a[href="/queue?name=family-0/v5&state=completed"]"#;
        let shown =
            format!("document.querySelector('{link}')?.textContent.startsWith('{change} ')");
        browser.until("the change is shown", &shown).await;
    }
    let asked = logs::over_the_network(&logs::events(&browser).await);
    assert_eq!(asked, Vec::<String>::new(), "nothing is asked for again");
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
