//! The order of the overview: chosen by keyboard in a heading, and kept by live refreshes.

use serde_json::json;

use crate::harness::browser::{Browser, DESKTOP};
use crate::harness::shop::Shop;
use crate::harness::steps::tab_to;

/// A shop with three families, with 2, 3 and 1 failed jobs, and its own queue with 1.
async fn shop() -> Shop {
    let mut shop = Shop::open().await;
    for (queue, failed) in [("email/v1", 2), ("email/v2", 3), ("reports", 4)] {
        for id in 1..=failed {
            shop.jobs.failed(queue, &id.to_string(), "{}").await;
        }
    }
    shop.all_counted(4).await;
    shop
}

async fn rows(browser: &Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('table.overview tr[id] th a.strong')].map((link) => link.innerText)";
    let names = browser.script(script).await;
    serde_json::from_value(names).unwrap()
}

const SORTED: [&str; 4] = ["reports", "email/v2", "email/v1", "billing/v2"];

#[tokio::test]
async fn an_order_chosen_by_keyboard_survives_live_refreshes() {
    let mut shop = shop().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("viewer").await;
    browser.goto("/").await;
    let grouped = rows(&browser).await;
    assert!(
        grouped.contains(&"v1".to_owned()),
        "under a heading: {grouped:?}"
    );
    tab_to(&browser, "thead .s-failed a").await;
    browser.press(thirtyfour::Key::Enter).await;
    browser
        .until("it is sorted", "location.search === '?sort=-failed'")
        .await;
    assert_eq!(rows(&browser).await, SORTED);
    let live = "document.getElementById('live').textContent === 'Live'";
    browser.until("it is live", live).await;
    // The last row becomes the first by its figures, but nothing moves under a reader.
    shop.jobs
        .run::<()>(&[
            "EVAL",
            "for n = 1, 99 do redis.call('ZADD', 'bull:billing/v2:failed', n, n) end",
            "0",
        ])
        .await;
    let link = json!(r#"a[href="/queue?name=billing/v2&state=failed"]"#);
    let shown = format!("document.querySelector({link})?.textContent.startsWith('100')");
    browser.until("the new figure is shown", &shown).await;
    assert_eq!(rows(&browser).await, SORTED);
    let sorted = "return document.querySelector('thead .s-failed').ariaSort";
    assert_eq!(browser.script(sorted).await, json!("descending"));
    // A refresh of all figures sorts anew, by the same column.
    browser
        .script("document.getElementById('overview').dispatchEvent(new CustomEvent('refresh'))")
        .await;
    let first =
        "document.querySelector('table.overview tr[id] a.strong').innerText === 'billing/v2'";
    browser.until("the rows are sorted anew", first).await;
    assert_eq!(browser.script(sorted).await, json!("descending"));
    assert_eq!(rows(&browser).await[1..], SORTED[..3]);
}

#[tokio::test]
async fn without_scripts_and_on_a_phone_the_filter_s_form_sorts() {
    let shop = shop().await;
    let browser = Browser::without_scripts(&shop.app).await;
    browser.sign_in_as("viewer").await;
    browser.resize((390, 844), true).await;
    browser.goto("/?q=e").await;
    let choice = browser
        .one("select[name=sort] option[value='-failed']")
        .await;
    choice.click().await.unwrap();
    browser.click("Filter").await;
    browser
        .arrive("it is sorted", |path| path.contains("sort=-failed"))
        .await;
    let names = browser.texts("table.overview tr[id] th a.strong").await;
    assert_eq!(names, SORTED[..3]);
    browser.resize(DESKTOP, false).await;
    browser.click("failed").await;
    browser
        .arrive("the other way round", |path| {
            path.contains("q=e") && path.contains("sort=failed")
        })
        .await;
}
