//! From a search to the repair: the error group, what differs, a quick fix, and the retry, by keyboard alone.

use bullkeeper_testkit::finished_jobs::{Done, completed, finish};
use thirtyfour::Key;

use crate::harness::browser::{Browser, DESKTOP};
use crate::harness::shop::{CHARGE, JOB, QUEUE, Shop, fail};
use crate::harness::steps::tab_to;

/// Charges that failed because their amount is a text, and charges that completed.
async fn charges() -> (Shop, String) {
    let mut shop = Shop::open().await;
    let charge = CHARGE.replace("zoe.marti.example", "zoe.marti@example");
    for n in 1..=6 {
        let data = charge.replace("INV-1", &format!("INV-{n}"));
        fail(&mut shop.jobs, QUEUE, &format!("invoice-20{n}"), &data).await;
    }
    fail(&mut shop.jobs, QUEUE, JOB, &charge).await;
    let right = charge.replace("\"12,50\"", "12.5");
    for n in 1..=9 {
        let id = format!("paid-{n}");
        let done = Done {
            data: &right,
            ..completed(&id, "null")
        };
        finish(&mut shop.jobs, QUEUE, done).await;
        let key = format!("bull:{QUEUE}:{id}");
        shop.jobs
            .run::<i64>(&["HSET", &key, "name", "charge"])
            .await;
    }
    shop.counted(&[QUEUE]).await;
    (shop, charge)
}

async fn arrive(browser: &Browser, path: &'static str) {
    browser.arrive(path, |at| at.starts_with(path)).await;
}

/// From any page to the results of a search, by the box that every page has. A phone shows a button for it.
async fn search(browser: &Browser, query: &str, is_phone: bool) {
    browser.goto("/").await;
    if is_phone {
        tab_to(browser, ".top .find button").await;
        browser.press(Key::Enter).await;
        arrive(browser, "/find").await;
        tab_to(browser, "[data-find]").await;
    } else {
        browser.press_with(Key::Control, "k").await;
    }
    browser.type_text(query).await;
    browser
        .until(
            "the search is offered",
            "document.getElementById('find-search')?.checkVisibility()",
        )
        .await;
    browser.press(Key::Up).await;
    browser
        .until(
            "the search is chosen",
            "document.getElementById('find-search').ariaSelected === 'true'",
        )
        .await;
    browser.press(Key::Enter).await;
    arrive(browser, "/search?").await;
}

/// The whole way of someone who knows an invoice and not what is wrong with it.
async fn find_understand_fix_and_retry(size: (u32, u32)) {
    let (mut shop, charge) = charges().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    let is_phone = size != DESKTOP;
    browser.resize(size, is_phone).await;
    search(&browser, "state = failed id = invoice-1041", is_phone).await;
    browser.see("1 found").await;
    tab_to(&browser, "#search-rows th a").await;
    browser.press(Key::Enter).await;
    arrive(&browser, "/job?").await;
    browser.see("amount is a string in").await;
    tab_to(&browser, "#alike p a").await;
    browser.press(Key::Enter).await;
    arrive(&browser, "/failures/group?").await;
    browser.see("7 in the last 24 hours").await;
    let differs = browser.texts("#differs li").await.join("\n");
    assert!(
        differs.contains("amount is a string in 7 of 7 failed jobs"),
        "{differs}"
    );

    tab_to(&browser, "#example header a.btn").await;
    browser.press(Key::Enter).await;
    arrive(&browser, "/job/edit?").await;
    browser.see("1 problem").await;
    tab_to(&browser, "button[data-fix]").await;
    browser.press(Key::Enter).await;
    browser.see("No problems").await;
    browser.press(Key::Enter).await;
    browser.see("Review your edit").await;
    tab_to(&browser, "#reason").await;
    browser.type_text("The amount had a comma").await;
    browser.press(Key::Enter).await;
    arrive(&browser, "/job?").await;
    browser.see("Saved and retried.").await;
    assert_eq!(shop.charge().await, charge.replace("\"12,50\"", "12.5"));
    let waiting: Vec<String> = shop
        .jobs
        .run(&["LRANGE", &format!("bull:{QUEUE}:wait"), "0", "9"])
        .await;
    assert_eq!(waiting, [JOB]);
    assert_eq!(shop.jobs.sorted(QUEUE, "failed").await.len(), 6);
    let entries = shop.jobs.audit_of_jobs().await;
    let told: Vec<[&str; 4]> = entries
        .iter()
        .map(|entry| ["action", "outcome", "job", "actor"].map(|name| entry.get(name)))
        .collect();
    let done = |action| [action, "applied", JOB, "operator"];
    assert_eq!(told, [done("job.edit"), done("job.retry")]);
    assert_eq!(entries[0].get("reason"), "The amount had a comma");
}

#[tokio::test]
async fn a_job_is_found_understood_fixed_and_retried_by_keyboard_alone() {
    find_understand_fix_and_retry(DESKTOP).await;
}

#[tokio::test]
async fn on_a_phone_a_job_is_found_understood_fixed_and_retried_by_keyboard_alone() {
    find_understand_fix_and_retry((390, 844)).await;
}
