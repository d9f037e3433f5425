//! What a phone shows: the whole alarm, and a header of two lines.

use crate::harness::browser::Browser;
use crate::harness::shop::Shop;

const PHONE: (u32, u32) = (390, 844);

/// On how many lines the header's parts stand: their middles, a line apart.
const LINES: &str = "
const parts = [...document.querySelector('header.top').children].map((part) => part.getBoundingClientRect());
const middles = parts.filter(({ height, width }) => height > 0 && width > 0).map(({ top, bottom }) => (top + bottom) / 2);
return new Set(middles.map((middle) => Math.round(middle / 20))).size;";

const HEIGHT: &str = "return document.querySelector('header.top').getBoundingClientRect().height";

/// What is cut off of the alarm, in pixels to the side.
const CUT: &str = "
return Math.max(...[...document.querySelectorAll('#alarms, #alarms *')].map((part) => {
  const clips = getComputedStyle(part).overflowX !== 'visible';
  return Math.max(part.getBoundingClientRect().right - innerWidth, clips ? part.scrollWidth - part.clientWidth : 0);
}))";

#[tokio::test]
async fn the_whole_alarm_is_shown() {
    let mut shop = Shop::open().await;
    for queue in [
        "report/v1",
        "cleanup_queue",
        "a-name-that-is-rather-long/v12",
    ] {
        shop.jobs.waiting(queue, "1", "{}").await;
    }
    shop.all_counted(4).await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("viewer").await;
    for size in [PHONE, (1440, 900)] {
        browser.resize(size, size == PHONE).await;
        browser.goto("/").await;
        browser.see("3 stranded").await;
        let text = browser.one("#alarms").await.text().await.unwrap();
        assert!(text.contains("cleanup_queue"), "{text}");
        let cut = browser.script(CUT).await.as_f64().unwrap();
        assert!(cut <= 0.5, "{cut} px are cut off at {size:?}");
    }
}

#[tokio::test]
async fn the_header_takes_two_lines_at_most() {
    for settings in [
        &[][..],
        &[("environment", "production-eu-central-2")],
        &[("read_only", "true")],
    ] {
        let shop = Shop::with(settings).await;
        let browser = Browser::open(&shop.app).await;
        browser.sign_in_as("operator").await;
        browser.resize(PHONE, true).await;
        browser.goto("/").await;
        let live = "document.getElementById('live').textContent === 'Live'";
        browser.until("it is live", live).await;
        let lines = browser.script(LINES).await.as_f64().unwrap();
        assert!(lines <= 2.0, "{lines} lines with {settings:?}");
        let height = browser.script(HEIGHT).await.as_f64().unwrap();
        assert!(height <= 100.0, "{height} px with {settings:?}");
    }
}
