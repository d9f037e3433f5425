//! From a search to the repair: the error group, what differs, a quick fix, and the retry, by keyboard alone.

use bullkeeper_testkit::finished_jobs::{Done, completed, finish};
use thirtyfour::Key;

use crate::harness::browser::Browser;
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

#[tokio::test]
async fn a_job_is_found_understood_fixed_and_retried_by_keyboard_alone() {
    let (mut shop, charge) = charges().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    browser.goto(&format!("/search?queue={QUEUE}")).await;
    tab_to(&browser, "#q").await;
    browser.type_text("state = failed id = invoice-1041").await;
    browser.press(Key::Enter).await;
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
    assert_eq!(shop.jobs.length(QUEUE, "wait").await, 1);
    assert_eq!(shop.jobs.sorted(QUEUE, "failed").await.len(), 6);
    let entries = shop.jobs.audit_of_jobs().await;
    let told: Vec<(&str, &str)> = entries
        .iter()
        .map(|entry| (entry.get("action"), entry.get("outcome")))
        .collect();
    assert_eq!(told, [("job.edit", "applied"), ("job.retry", "applied")]);
}
