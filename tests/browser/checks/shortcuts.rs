//! Keyboard shortcuts: each does what a click would, and the list names only what the page has.

use thirtyfour::Key;

use crate::harness::browser::Browser;
use crate::harness::shop::{JOB, QUEUE, Shop};

const FOCUSED: &str = "return document.activeElement.textContent";

#[tokio::test]
async fn rows_pages_and_a_jobs_actions_are_a_key_away() {
    let mut shop = Shop::open().await;
    shop.stock().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    browser
        .goto(&format!("/queue?name={QUEUE}&state=failed"))
        .await;
    browser.type_text("j").await;
    let first = browser.script(FOCUSED).await;
    assert_eq!(first, JOB);
    browser.press(Key::Enter).await;
    browser
        .arrive("at the job", |path| path.starts_with("/job?"))
        .await;
    browser.type_text("e").await;
    browser
        .arrive("at the editor", |path| path.starts_with("/job/edit?"))
        .await;
    browser.goto("/account").await;
    browser.type_text("ga").await;
    browser
        .arrive("at the audit log", |path| path.starts_with("/audit"))
        .await;
    browser.type_text("gw").await;
    browser
        .arrive("at the workers", |path| path == "/workers")
        .await;
    browser.type_text("gd").await;
    browser.arrive("at Redis", |path| path == "/redis").await;
    browser.type_text("go").await;
    browser.arrive("at the overview", |path| path == "/").await;
}

#[tokio::test]
async fn the_list_of_shortcuts_names_only_what_the_page_has_and_typing_is_no_shortcut() {
    let mut shop = Shop::open().await;
    shop.stock().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("viewer").await;
    browser.goto("/account").await;
    browser.type_text("?").await;
    browser
        .until("the list is open", "document.getElementById('keys').open")
        .await;
    let shown = browser.texts("#keys dl > div:not([hidden]) dt").await;
    assert_eq!(
        shown,
        [
            "/", "Ctrl K", "g o", "g f", "g j", "g s", "g u", "g h", "g r", "g l", "g w", "g d",
            "?"
        ]
    );
    browser.press(Key::Escape).await;
    browser
        .until(
            "the list is closed",
            "!document.getElementById('keys').open",
        )
        .await;

    browser.goto("/").await;
    browser.type_text("/").await;
    browser.type_text("go?e").await;
    let typed = browser
        .script("return document.querySelector('[data-filter]').value")
        .await;
    assert_eq!(typed, "go?e");
    assert_eq!(browser.path().await, "/");
}
