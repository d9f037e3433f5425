//! Pages that are watched: what fires appears on the page of alerts while someone types, and a history is refreshed under a crosshair.

use serde_json::json;
use thirtyfour::Key;

use super::history::{FOCUS, three_minutes};
use crate::harness::browser::Browser;
use crate::harness::shop::Shop;

#[tokio::test]
async fn a_silence_being_typed_survives_what_fires_meanwhile() {
    let mut shop = Shop::open().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    browser.goto("/alerts").await;
    let live = "document.getElementById('live').textContent === 'Live'";
    browser.until("it is live", live).await;
    browser.click("Silence alerts").await;
    browser.fill("queues", "email/*").await;
    browser.fill("why", "deploying").await;
    browser.press(Key::Left).await;
    browser.script("window.loadedOnce = true").await;

    shop.jobs.waiting("email/v10", "1", "{}").await;
    let fires = "document.querySelector('#firing tbody')?.textContent.includes('email/v10')";
    browser.until("it fires", fires).await;
    let counted = "document.getElementById('alerts-link').textContent.includes('1')";
    browser.until("the navigation says so", counted).await;
    let kept = browser
        .script(
            "const typed = document.activeElement;
             return [typed.name, typed.value, typed.selectionStart, typed.form.queues.value,
               document.getElementById('silence').open, window.loadedOnce]",
        )
        .await;
    assert_eq!(kept, json!(["why", "deploying", 8, "email/*", true, true]));

    // The focus also stays in a table that gets rows.
    browser
        .script("document.querySelector('#firing tbody a').focus()")
        .await;
    shop.jobs.waiting("email/v1", "1", "{}").await;
    shop.jobs.run::<u64>(&["DEL", "bull:email/v10:wait"]).await;
    shop.jobs.announce("email/v10", "1").await;
    let ended = "document.querySelector('#recent tbody')?.textContent.includes('email/v10')";
    browser.until("it ends", ended).await;
    browser.see("Nothing fires.").await;
    let kept = browser.script("return typeof window.loadedOnce").await;
    assert_eq!(kept, json!("boolean"), "without a reload");
}

/// What a reader of the chart of the throughput is at: the focus, the moment that is read out, and whether it is read out.
const AT: &str = "
const chart = document.querySelector('#chart-throughput [data-chart]');
const told = document.querySelector('#chart-throughput output');
return [document.activeElement === chart, chart.getAttribute('aria-valuetext'), told.getAttribute('aria-live'),
  chart.querySelector('.cross').hasAttribute('hidden'), document.getElementById('values').open];";

#[tokio::test]
async fn a_history_is_refreshed_under_a_crosshair_that_stays_at_its_moment() {
    let (_shop, browser, to) = three_minutes().await;
    browser.goto("/queue/history?name=email/v1").await;
    let slider = "document.querySelector('[data-chart][role=slider]')";
    browser.until("the chart is a slider", slider).await;
    browser.click("As a table").await;
    browser.script(FOCUS).await;
    browser.press(Key::Left).await;
    let before = browser.script(AT).await;
    assert_eq!(before[0], json!(true));
    browser
        .script(
            "document.querySelector('#history h2').textContent = 'before';
             document.getElementById('history').dispatchEvent(new CustomEvent('shown'));",
        )
        .await;
    let refreshed = "document.querySelector('#history h2').textContent === 'Last hour'";
    browser.until("the page is refreshed", refreshed).await;
    browser.until("the chart is a slider again", slider).await;
    assert_eq!(browser.script(AT).await, before);
    browser.press(Key::Right).await;
    let after = browser.script(AT).await;
    assert_ne!(after[1], before[1], "the keys still move it: {after}");

    // A range that has ended stays as it is.
    browser
        .goto(&format!(
            "/queue/history?name=email/v1&from={}&to={to}",
            to - 600_000
        ))
        .await;
    let again = browser
        .script("return document.getElementById('history').getAttribute('hx-get')")
        .await;
    assert_eq!(again, json!(null));
}
