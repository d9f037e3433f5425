//! The box that finds anything, by keyboard alone, with scripts and without.

use thirtyfour::Key;

use crate::harness::browser::{Browser, assert_none};
use crate::harness::shop::{JOB, QUEUE, Shop};
use crate::harness::steps::tab_to;

use super::every_page::axe;

const ACTIVE: &str = "document.querySelector('[data-find]').getAttribute('aria-activedescendant')";

fn chosen(text: &str) -> String {
    format!("document.querySelector('[aria-selected=true]')?.textContent.includes('{text}')")
}

#[tokio::test]
async fn a_job_is_found_and_opened_by_keyboard_alone() {
    let mut shop = Shop::open().await;
    shop.stock().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("viewer").await;
    // A page without a filter of its own.
    browser.goto("/account").await;
    browser.type_text("/").await;
    browser
        .until(
            "the box has the focus",
            "document.activeElement.matches('[data-find]')",
        )
        .await;
    browser.type_text(JOB).await;
    browser
        .until(
            "the answers are open",
            "document.querySelector('[role=option]')?.checkVisibility()",
        )
        .await;
    browser
        .until(
            "the answers are told",
            "/answer/.test(document.getElementById('announce').textContent)",
        )
        .await;
    browser.press(Key::Down).await;
    browser.until("the job is chosen", &chosen(JOB)).await;
    browser
        .until(
            "it is told",
            &format!("document.getElementById({ACTIVE}) !== null"),
        )
        .await;
    assert_none(&axe(&browser).await, "violations");
    // Escape closes the answers and keeps the text; the arrow opens them again.
    browser.press(Key::Escape).await;
    browser
        .until(
            "the answers are closed",
            "document.getElementById('find-popup').hidden",
        )
        .await;
    let typed = "return document.querySelector('[data-find]').value";
    assert_eq!(browser.script(typed).await, JOB);
    browser.press(Key::Down).await;
    browser.until("the job is chosen again", &chosen(JOB)).await;
    browser.press(Key::Enter).await;
    browser
        .arrive("at the job", |path| {
            path.starts_with("/job?") && path.contains(JOB)
        })
        .await;
}

#[tokio::test]
async fn ctrl_k_finds_from_a_page_with_a_filter_and_enter_lists_what_is_not_exact() {
    let mut shop = Shop::open().await;
    shop.stock().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("viewer").await;
    browser.type_text("/").await;
    browser
        .until(
            "the filter has the focus",
            "document.activeElement.matches('[data-filter]')",
        )
        .await;
    browser.press_with(Key::Control, "k").await;
    browser.type_text("email").await;
    browser
        .until(
            "the answers are open",
            "document.querySelectorAll('[role=option]').length >= 3",
        )
        .await;
    for (key, text) in [
        (Key::Up, "Search jobs for"),
        (Key::Down, ""),
        (Key::Down, "email"),
    ] {
        browser.press(key).await;
        if !text.is_empty() {
            browser.until(text, &chosen(text)).await;
        }
    }
    browser.press(Key::Tab).await;
    browser.press_with(Key::Control, "k").await;
    browser.type_text("mail").await;
    browser.press(Key::Enter).await;
    browser
        .arrive("at the answers", |path| path == "/find?q=mail")
        .await;
    let found = browser.texts(".found a").await;
    assert!(found.iter().any(|name| name == "email/v10"), "{found:?}");
}

#[tokio::test]
async fn without_scripts_the_box_is_a_form_whose_answers_are_a_page() {
    let mut shop = Shop::open().await;
    shop.stock().await;
    let browser = Browser::without_scripts(&shop.app).await;
    browser.sign_in_as("viewer").await;
    for (typed, there) in [(JOB, "/job?"), (QUEUE, "/queue?"), ("bill", "/find?")] {
        browser.goto("/account").await;
        browser.press(Key::Tab).await;
        tab_to(&browser, "[name=q]").await;
        browser.type_text(typed).await;
        browser.press(Key::Enter).await;
        browser.arrive(typed, |path| path.starts_with(there)).await;
    }
    browser.see(QUEUE).await;
}

#[tokio::test]
async fn on_a_phone_the_button_opens_the_page_with_the_box_and_text_that_is_edited_is_not_lost() {
    let mut shop = Shop::open().await;
    shop.stock().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    browser.resize((390, 844), true).await;
    browser.goto("/").await;
    browser
        .one(".top .find button")
        .await
        .click()
        .await
        .unwrap();
    browser
        .arrive("at the page", |path| path.starts_with("/find"))
        .await;
    browser.fill("q", "bill").await;
    browser
        .until(
            "the answers are open",
            "document.querySelector('[role=option]')?.checkVisibility()",
        )
        .await;
    let wide = "return document.documentElement.scrollWidth <= 390";
    assert_eq!(browser.script(wide).await, true);
}
