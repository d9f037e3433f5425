//! Two people edit one job, and neither loses anything.

use crate::harness::browser::Browser;
use crate::harness::places::edit_path;
use crate::harness::shop::{CHARGE, JOB, QUEUE, Shop};
use crate::harness::steps::{self, code, mended};

const REASON: &str = "The customer's address lost its @";

#[tokio::test]
async fn a_concurrent_edit_gives_a_conflict_that_keeps_the_text_and_its_merge_can_be_saved() {
    let mut shop = Shop::open().await;
    let browser = Browser::open(&shop.app).await;
    browser.goto(&edit_path(QUEUE, JOB)).await;
    browser.sign_in("operator").await;
    let mine = mended(CHARGE);
    steps::replace_text(&browser, &mine).await;
    browser.click("Review changes").await;
    browser.see("Review your edit").await;
    browser.fill("reason", REASON).await;
    steps::change_underneath(&mut shop, "2nd floor", "3rd floor").await;
    let theirs = shop.charge().await;
    browser.click("Save").await;

    browser.see("Not saved").await;
    assert_eq!(shop.charge().await, theirs, "nothing was overwritten");
    let kept = browser
        .one("#yours")
        .await
        .prop("value")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept, mine, "the text is kept");
    browser.see("3rd floor").await;

    browser.click("Use the merge").await;
    browser.see("Review changes").await;
    code(&browser).await;
    browser.click("Review changes").await;
    browser.see("Review your edit").await;
    let reason = browser
        .one("#reason")
        .await
        .prop("value")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(reason, REASON, "the reason is kept too");
    browser.click("Save").await;
    browser.see("Saved").await;
    assert_eq!(shop.charge().await, mine.replace("2nd floor", "3rd floor"));
    let entries = shop.jobs.audit_of_jobs().await;
    let told: Vec<&str> = entries.iter().map(|entry| entry.get("outcome")).collect();
    assert_eq!(told, ["conflict", "applied"]);
}
