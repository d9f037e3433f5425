//! Operations on a queue and a job by keyboard alone: on a desktop and a phone, with scripts and without.

use bullkeeper_testkit::eventually;
use thirtyfour::Key;

use crate::harness::browser::{Browser, DESKTOP};
use crate::harness::shop::Shop;
use crate::harness::steps::tab_to;

const PHONE: (u32, u32) = (390, 844);

async fn press_enter_on(browser: &Browser, selector: &str) {
    tab_to(browser, selector).await;
    browser.press(Key::Enter).await;
}

/// Chooses an operation of the queue's menu.
async fn choose(browser: &Browser, item: &str) {
    press_enter_on(browser, "#operations > summary").await;
    press_enter_on(browser, item).await;
}

/// Waits until the run has ended; without scripts its page is loaded again.
async fn ended(browser: &Browser) {
    eventually("the run has ended", || async {
        if browser.texts("#run .chip").await == ["done"] {
            return true;
        }
        browser.driver.refresh().await.unwrap();
        false
    })
    .await;
}

/// Pauses and drains a queue, adds a job to it, and removes that job.
async fn operate(browser: &Browser, shop: &mut Shop) {
    shop.jobs.waiting("parcel", "own", "{}").await;
    shop.counted(&["parcel"]).await;
    browser.sign_in_as("admin").await;
    browser.goto("/queue?name=parcel").await;
    choose(browser, "#operations a[href*='/queue/pause']").await;
    press_enter_on(browser, "form.decide .btn:not(.plain)").await;
    browser.see("Queue paused.").await;
    let paused = ["HGET", "bull:parcel:meta", "paused"];
    assert_eq!(shop.jobs.run::<String>(&paused).await, "1");

    choose(browser, "#operations a[href*='/queue/drain']").await;
    tab_to(browser, "#reason").await;
    browser.type_text("a test").await;
    press_enter_on(browser, "form.decide .btn:not(.plain)").await;
    browser
        .arrive("at the run", |path| path.starts_with("/run?"))
        .await;
    ended(browser).await;
    browser.see("1 done").await;

    browser.goto("/queue/add?name=parcel").await;
    tab_to(browser, "#job-name").await;
    browser.type_text("send").await;
    tab_to(browser, "#reason").await;
    browser.type_text("a test").await;
    press_enter_on(browser, "#add .btn.primary").await;
    browser.see("Added.").await;
    press_enter_on(browser, "a[href*='/job/remove?']").await;
    press_enter_on(browser, "form.decide .btn.primary").await;
    browser
        .arrive("at the queue", |path| path.starts_with("/queue?"))
        .await;
    browser.see("Job removed.").await;
    let left: Vec<String> = shop.jobs.run(&["KEYS", "bull:parcel:[0-9]*"]).await;
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_queue_and_a_job_are_operated_by_keyboard_on_a_desktop_and_a_phone() {
    for (size, is_phone) in [(DESKTOP, false), (PHONE, true)] {
        let mut shop = Shop::open().await;
        let browser = Browser::open(&shop.app).await;
        browser.resize(size, is_phone).await;
        operate(&browser, &mut shop).await;
    }
}

#[tokio::test]
async fn a_queue_and_a_job_are_operated_by_keyboard_without_scripts() {
    let mut shop = Shop::open().await;
    let browser = Browser::without_scripts(&shop.app).await;
    operate(&browser, &mut shop).await;
}
