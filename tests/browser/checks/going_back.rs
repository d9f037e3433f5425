//! What is typed survives Back, Forward, reload, an ended session and a closed tab.

use serde_json::json;

use crate::harness::browser::Browser;
use crate::harness::places::edit_path;
use crate::harness::shop::{CHARGE, JOB, QUEUE, Shop};
use crate::harness::steps::{mended, replace_text};

/// The text in the editor's form.
async fn typed(browser: &Browser) -> String {
    let text = browser
        .script("return document.querySelector('#document').value")
        .await;
    text.as_str().unwrap_or_default().to_owned()
}

/// Waits until the editor has `text`.
async fn editor_has(browser: &Browser, text: &str) {
    let condition = format!(
        "document.readyState === 'complete' && document.querySelector('#document')?.value === {}",
        json!(text)
    );
    browser.until("the editor has the text", &condition).await;
}

#[tokio::test]
async fn going_back_from_a_review_and_forward_again_loses_no_word() {
    let mut shop = Shop::open().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    browser.goto(&edit_path(QUEUE, JOB)).await;
    let text = mended(CHARGE);
    replace_text(&browser, &text).await;
    browser.click("Review changes").await;
    browser.see("Review your edit").await;
    browser.driver.back().await.unwrap();
    editor_has(&browser, &text).await;
    browser.see("Draft from").await;
    browser.driver.forward().await.unwrap();
    browser.see("Review your edit").await;
    browser.driver.refresh().await.unwrap();
    browser.see("Review your edit").await;
    // A closed tab, then an ended session.
    browser.goto("/").await;
    browser.sign_in_as("operator").await;
    browser.goto(&edit_path(QUEUE, JOB)).await;
    editor_has(&browser, &text).await;
    browser.click("Review changes").await;
    browser.fill("reason", "as on the invoice").await;
    browser.click("Save").await;
    browser
        .arrive("back at the job", |path| path.starts_with("/job?"))
        .await;
    assert_eq!(shop.charge().await, mended(CHARGE));
    browser.goto(&edit_path(QUEUE, JOB)).await;
    browser.see("No problems").await;
    assert!(!browser.text().await.contains("Draft from"));
}

#[tokio::test]
async fn what_was_not_reviewed_yet_is_there_after_a_reload_and_after_another_page() {
    let mut shop = Shop::open().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    browser.goto(&edit_path(QUEUE, JOB)).await;
    browser.see("2 problems").await;
    let stored = typed(&browser).await;
    let text = "{\"half\": \"written\"}";
    replace_text(&browser, text).await;
    browser
        .until("it is kept", "history.state?.typed !== undefined")
        .await;
    browser
        .script("window.onbeforeunload = null; location.reload()")
        .await;
    accept_leaving(&browser).await;
    browser.see("Restored what you typed before.").await;
    editor_has(&browser, text).await;
    // The list of problems is about that text.
    browser.see("required").await;
    browser.click("Discard").await;
    editor_has(&browser, &stored).await;
    browser
        .until("nothing is offered", "!document.querySelector('#typed')")
        .await;
    // What one person typed is not shown to the next one at this browser.
    replace_text(&browser, text).await;
    browser
        .until("it is kept", "history.state?.typed !== undefined")
        .await;
    browser.driver.delete_all_cookies().await.unwrap();
    browser.script("location.reload()").await;
    accept_leaving(&browser).await;
    browser
        .arrive("the session is over", |path| path.starts_with("/sign-in"))
        .await;
    browser.sign_in("admin").await;
    editor_has(&browser, &stored).await;
    assert!(!browser.text().await.contains("Restored what you typed"));
    assert_eq!(shop.charge().await, CHARGE);
}

/// Agrees to leave a page with unsaved text, where the browser asks.
async fn accept_leaving(browser: &Browser) {
    // Without a dialog there is nothing to accept.
    let _ = browser.driver.accept_alert().await;
}
