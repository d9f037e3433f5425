//! Live figures: nothing moves while it is read, no input is lost, and the page says when its figures are stale.

use serde_json::json;
use thirtyfour::{By, Key};

use crate::harness::browser::{Browser, DESKTOP};
use crate::harness::shop::Shop;

/// Adds up how far things move from now on, as browsers do. What moves while a page loads is not of its refreshing.
const MEASURE: &str = "
window.moved = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (!entry.hadRecentInput) window.moved.push([entry.value, ...entry.sources.map(({ node }) => node?.className ?? node?.nodeName)]);
  }
}).observe({ type: 'layout-shift' });";

const MOST_MOVED: f64 = 0.02;

/// A shop with one row for each of this many queues, more than a window shows.
async fn shop_with_queues(count: usize) -> Shop {
    let mut shop = Shop::open().await;
    for queue in 0..count {
        let name = format!("family-{}/v{}", queue % 8, queue / 8 + 1);
        shop.jobs.waiting(&name, "1", "{}").await;
        shop.jobs.failed(&name, "2", "{}").await;
    }
    shop.counted(&["family-0/v1"]).await;
    shop
}

/// Sets how many failed and completed jobs a queue has.
async fn set_counts(shop: &mut Shop, queue: &str, count: usize) {
    let script = "
for _, state in ipairs({'failed', 'completed', 'delayed'}) do
  local key = 'bull:' .. ARGV[1] .. ':' .. state
  redis.call('DEL', key)
  for n = 1, tonumber(ARGV[2]) do redis.call('ZADD', key, n, n) end
end";
    let count = count.to_string();
    shop.jobs
        .run::<()>(&["EVAL", script, "0", queue, &count])
        .await;
}

/// Changes counts in Redis and waits until each is shown. The page must not move.
async fn watch(browser: &Browser, shop: &mut Shop, counts: &[usize]) {
    // Saying that it is live moves what stands beside that.
    let is_live = "document.querySelector('header').textContent.includes('Live')";
    browser.until("the page is live", is_live).await;
    browser.script(MEASURE).await;
    for &count in counts {
        for queue in ["family-0/v5", "family-0/v4", "family-1/v5"] {
            set_counts(shop, queue, count).await;
        }
        let shown = json!(thousands(count));
        let link = r#"a[href="/queue?name=family-1/v5&state=completed"]"#;
        let condition = format!(
            "document.querySelector({})?.textContent.includes({shown})",
            json!(link)
        );
        browser.until("the new figures are shown", &condition).await;
    }
    let moved = browser.script("return window.moved").await;
    let sum: f64 = moved
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry[0].as_f64().unwrap())
        .sum();
    assert!(sum <= MOST_MOVED, "{sum}: {moved}");
}

fn thousands(count: usize) -> String {
    match count {
        1_000.. => format!("{},{:03}", count / 1_000, count % 1_000),
        _ => count.to_string(),
    }
}

#[tokio::test]
async fn nothing_moves_while_the_figures_refresh() {
    let mut shop = shop_with_queues(40).await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("viewer").await;
    browser.goto("/").await;
    watch(&browser, &mut shop, &[9, 12, 1_234, 10_000, 5]).await;
    browser.resize((390, 844), true).await;
    browser.goto("/").await;
    watch(&browser, &mut shop, &[11, 1_345, 7]).await;
    browser.resize(DESKTOP, false).await;
}

#[tokio::test]
async fn what_a_person_is_doing_survives_a_refresh() {
    let mut shop = shop_with_queues(40).await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("viewer").await;
    browser.goto("/").await;
    browser.type_text("/").await;
    browser.type_text("ema").await;
    browser.press(Key::Left).await;
    browser.script("window.scrollTo(0, 300)").await;
    watch(&browser, &mut shop, &[21, 22]).await;
    let now = browser
        .script(
            "const typed = document.activeElement;
             return [typed.name, typed.value, typed.selectionStart, Math.round(window.scrollY)]",
        )
        .await;
    assert_eq!(now, json!(["q", "ema", 2, 300]));

    // The focus also stays in a part that is replaced.
    let link = r#"a[href="/queue?name=family-1/v5&state=completed"]"#;
    let focus = format!("document.querySelector({}).focus()", json!(link));
    browser.script(&focus).await;
    watch(&browser, &mut shop, &[23, 24]).await;
    let focused = browser.driver.active_element().await.unwrap();
    assert_eq!(
        focused.attr("href").await.unwrap().unwrap(),
        "/queue?name=family-1/v5&state=completed"
    );
}

#[tokio::test]
async fn a_session_that_ended_is_told_and_leads_to_the_sign_in_page_and_back() {
    let shop = Shop::with(&[("session_absolute", "5s")]).await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("viewer").await;
    browser.goto("/?q=billing").await;
    browser.see("1 of 1 queues").await;
    browser.see("Your session has ended.").await;
    browser.click("Load the page again").await;
    browser
        .arrive("they can sign in again", |path| {
            path.starts_with("/sign-in")
        })
        .await;
    browser.sign_in("viewer").await;
    browser.see("1 of 1 queues").await;
}

#[tokio::test]
async fn a_job_moves_through_its_states_on_three_open_pages_without_a_reload() {
    let mut shop = Shop::open().await;
    shop.jobs.waiting("email/v1", "77", r#"{"to":"ann"}"#).await;
    shop.counted(&["email/v1"]).await;
    let pages = [
        "/?q=email",
        "/queue?name=email/v1&state=waiting",
        "/job?queue=email/v1&id=77",
    ];
    let mut browsers = Vec::new();
    for path in pages {
        let browser = Browser::open(&shop.app).await;
        browser.sign_in_as("viewer").await;
        browser.goto(path).await;
        browser.script("window.loadedOnce = true").await;
        let live = "document.getElementById('live').textContent === 'Live'";
        browser.until("it is live", live).await;
        browsers.push(browser);
    }
    for (from, to) in [("wait", "active"), ("active", "completed")] {
        shop.jobs.moves("email/v1", "77", from, to).await;
        let shown = [
            format!("document.querySelector('table.overview td.s-{to}:not(.z)')"),
            format!("document.querySelector('.tabs .s-{to}').textContent.includes('1')"),
            format!("document.querySelector('#standing .chip').textContent === '{to}'"),
        ];
        for (browser, shown) in browsers.iter().zip(shown) {
            browser.until(&format!("it is {to}"), &shown).await;
            let loaded = browser.script("return window.loadedOnce").await;
            assert_eq!(loaded, json!(true), "without a reload");
        }
    }
    browsers[1].see("1 fewer, show").await;
}

#[tokio::test]
async fn nothing_moves_while_text_is_selected_and_everything_is_there_after_it() {
    let mut shop = shop_with_queues(3).await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("viewer").await;
    browser.goto("/").await;
    let live = "document.getElementById('live').textContent === 'Live'";
    browser.until("it is live", live).await;
    browser
        .script("getSelection().selectAllChildren(document.querySelector('h1'))")
        .await;
    set_counts(&mut shop, "family-1/v1", 4_321).await;
    let paused = "document.getElementById('live').textContent.startsWith('Paused')";
    browser.until("it says so", paused).await;
    assert!(!browser.text().await.contains("4,321"));
    browser.script("getSelection().removeAllRanges()").await;
    browser.see("4,321").await;
}

#[tokio::test]
async fn a_page_without_a_stream_is_refreshed_now_and_then() {
    let mut shop = Shop::with(&[("live_streams", "1")]).await;
    // Somebody else holds the only stream.
    let viewer = shop.app.viewer().await;
    let page = viewer.page("/").await;
    let address = page.attributes("#events", "hx-sse:connect").remove(0);
    let taken = viewer.listen(&address, None).await;
    assert_eq!(taken.status(), 200);
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("viewer").await;
    browser.goto("/").await;
    browser.see("1 of 1 queues").await;
    set_counts(&mut shop, "billing/v2", 4_321).await;
    browser
        .until(
            "the figures come",
            "document.body.textContent.includes('4,321')",
        )
        .await;
    drop(taken);
}

#[tokio::test]
async fn figures_say_that_they_are_old_while_redis_is_away() {
    let mut shop = shop_with_queues(3).await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("viewer").await;
    browser.goto("/").await;
    browser.see("4 of 4 queues").await;
    let before = browser
        .driver
        .find_all(By::Css("table.overview tbody tr"))
        .await
        .unwrap()
        .len();

    shop.app.redis.kill();
    let stale = "document.getElementById('live').textContent.startsWith('Stale ')";
    browser.until("the page says so", stale).await;
    let told = browser.one("#away .notice").await.text().await.unwrap();
    assert!(
        told.contains("Redis is not responding. It stopped"),
        "{told}"
    );
    let after = browser
        .driver
        .find_all(By::Css("table.overview tbody tr"))
        .await
        .unwrap()
        .len();
    assert_eq!(after, before, "the last figures stay");

    shop.app.redis.start_again().await;
    let live = "document.getElementById('live').textContent === 'Live'";
    browser.until("it is over", live).await;
    assert!(!browser.text().await.contains("Redis is not responding"));
}
