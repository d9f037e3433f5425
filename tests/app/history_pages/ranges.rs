//! The range in the address: named, between two times, and refused.

use reqwest::StatusCode;

use bullkeeper_testkit::{Seen, TestApp, now};

const HOUR: u64 = 3_600_000;

#[tokio::test]
async fn a_range_is_named_or_between_two_times_and_its_link_shows_the_same_later() {
    let app = TestApp::start().await;
    let viewer = app.viewer().await;
    let (from, to) = (now() - 3 * HOUR, now() - 2 * HOUR);
    let page = viewer.page(&format!("/history?from={from}&to={to}")).await;
    assert_eq!(page.all(".sizes [aria-current]"), [""; 0]);
    let links = page.attributes(".bar > a", "href");
    let span = |from: u64, to: u64| format!("/history?from={from}&to={to}");
    assert_eq!(
        links,
        [span(from - HOUR, from), span(to, to + HOUR), span(from, to)]
    );
    let file = page.attributes("#values-h ~ a", "href");
    assert_eq!(file, [format!("/history.csv?from={from}&to={to}")]);
    let rfc = viewer
        .page("/history?from=2026-03-01T12:00:00%2B01:00&to=2026-03-01T12:30:00Z")
        .await;
    let field = rfc.attributes("#own-range input[type=datetime-local]", "value");
    assert_eq!(field, ["2026-03-01T11:00", "2026-03-01T12:30"]);
}

#[tokio::test]
async fn a_bad_range_is_refused_with_what_is_allowed() {
    let app = TestApp::start().await;
    let viewer = app.viewer().await;
    for (query, told) in [
        ("range=2h", "1h, 24h, 7d and 30d"),
        ("range=1h&from=1", "use one of both"),
        ("from=yesterday&to=2", "RFC 3339 such as"),
        ("from=9&to=5", "from must be earlier than to"),
        ("to=5", "to without from"),
        ("from=0&to=2026-03-01T12:00:00Z", "91 days at most"),
        ("from=-1&to=5", "Unix milliseconds"),
    ] {
        for path in ["/history", "/history.csv"] {
            let answer = Seen::of(viewer.get(&format!("{path}?{query}")).await).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
            assert!(answer.text().contains(told), "{query}: {}", answer.text());
        }
    }
}
