//! Selecting rows of a queue's list: by keyboard, by mouse and without scripts, on a desktop and a phone.

use thirtyfour::{By, Key};

use crate::harness::browser::Browser;
use crate::harness::shop::Shop;

const LIST: &str = "/queue?name=image-resize&state=failed&size=25";

/// The text of the bar that says how many rows are selected.
const COUNT: &str = "document.getElementById('selected-count').textContent";

/// How far from the top of the window the first row is.
const FIRST_ROW: &str = "return document.querySelector('tbody tr').getBoundingClientRect().top";

async fn at_list(shop: &Shop) -> Browser {
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    browser.goto(LIST).await;
    browser
}

async fn stocked() -> Shop {
    let mut shop = Shop::open().await;
    shop.stock().await;
    shop
}

async fn says(browser: &Browser, count: &str) {
    let expression = format!("{COUNT} === {count:?}");
    browser.until(count, &expression).await;
}

/// Presses Tab until the element that a script's expression finds has the focus.
async fn tab_to(browser: &Browser, element: &str) {
    let script = format!("return document.activeElement === {element}");
    for _ in 0..200 {
        if browser.script(&script).await == true {
            return;
        }
        browser.press(Key::Tab).await;
    }
    panic!("Tab does not reach {element}");
}

async fn tick(browser: &Browser, selector: &str, at: usize) {
    let boxes = browser.driver.find_all(By::Css(selector)).await.unwrap();
    boxes[at].click().await.unwrap();
}

#[tokio::test]
async fn rows_are_selected_and_retried_by_keyboard_alone() {
    let mut shop = stocked().await;
    let browser = at_list(&shop).await;
    let before = browser.script(FIRST_ROW).await;
    browser.type_text("jx").await;
    says(&browser, "1 selected").await;
    browser.type_text("jjX").await;
    says(&browser, "3 selected").await;
    assert_eq!(browser.script(FIRST_ROW).await, before, "no row moved");
    browser.type_text("kx").await;
    says(&browser, "2 selected").await;

    let retry = "document.querySelector('#selection [value=\"job.retry\"]')";
    tab_to(&browser, retry).await;
    browser.press(Key::Enter).await;
    browser.see("would apply to 2 jobs").await;
    tab_to(&browser, "document.querySelector('[name=confirm]')").await;
    browser.press(Key::Space).await;
    tab_to(&browser, "document.querySelector('form.decide .primary')").await;
    browser.press(Key::Enter).await;
    browser
        .arrive("at the run", |path| path.starts_with("/run?"))
        .await;
    browser.see("2 done").await;
    assert_eq!(shop.jobs.length("image-resize", "wait").await, 2);
    assert_eq!(shop.jobs.sorted("image-resize", "failed").await.len(), 28);
}

#[tokio::test]
async fn shift_and_one_box_select_many_rows_and_all_of_the_state_can_be_meant() {
    let shop = stocked().await;
    let browser = at_list(&shop).await;
    tick(&browser, "input[data-pick]", 1).await;
    let fifth = &browser
        .driver
        .find_all(By::Css("input[data-pick]"))
        .await
        .unwrap()[4];
    let range = browser.driver.action_chain().key_down(Key::Shift);
    range
        .click_element(fifth)
        .key_up(Key::Shift)
        .perform()
        .await
        .unwrap();
    says(&browser, "4 selected").await;
    let offered = "!document.querySelector('#selection [name=all]').parentElement.hidden";
    assert_eq!(browser.script(&format!("return {offered}")).await, false);

    tick(&browser, "[data-pick-all]", 0).await;
    says(&browser, "25 selected").await;
    browser.until("all can be meant", offered).await;
    tick(&browser, "#selection [name=all]", 0).await;
    says(&browser, "All 30 failed jobs selected").await;
    browser.click("Clear selection").await;
    let gone = "getComputedStyle(document.getElementById('selection')).display === 'none'";
    browser.until("the bar is gone", gone).await;

    tick(&browser, "[data-pick-all]", 0).await;
    tick(&browser, "#selection [name=all]", 0).await;
    browser.click("Remove selected").await;
    browser
        .arrive("at the dry run", |path| path.starts_with("/queue/operate?"))
        .await;
    browser.see("Remove would apply to 30 jobs").await;
}

#[tokio::test]
async fn nothing_moves_while_rows_are_selected() {
    let mut shop = stocked().await;
    let browser = at_list(&shop).await;
    let live = "document.getElementById('live').textContent === 'Live'";
    browser.until("it is live", live).await;
    tick(&browser, "input[data-pick]", 0).await;
    says(&browser, "1 selected").await;
    shop.jobs.failed("image-resize", "late", "{}").await;
    shop.jobs
        .run::<String>(&[
            "XADD",
            "bull:image-resize:events",
            "*",
            "event",
            "failed",
            "jobId",
            "late",
        ])
        .await;
    let paused = "document.getElementById('live').textContent.startsWith('Paused')";
    browser.until("it says so", paused).await;
    let tab = "document.querySelector('.tabs .s-failed b').textContent";
    assert_eq!(browser.script(&format!("return {tab}")).await, "30");
    browser.click("Clear selection").await;
    browser
        .until("the count comes", &format!("{tab} === '31'"))
        .await;
}

#[tokio::test]
async fn rows_are_selected_and_removed_without_scripts() {
    let mut shop = stocked().await;
    let browser = Browser::without_scripts(&shop.app).await;
    browser.sign_in_as("operator").await;
    browser.resize((390, 844), true).await;
    browser.goto(LIST).await;
    for at in [0, 3] {
        tick(&browser, "input[data-pick]", at).await;
    }
    browser.click("Remove selected").await;
    browser.see("would apply to 2 jobs").await;
    browser.one("[name=confirm]").await.click().await.unwrap();
    browser.click("Remove selected").await;
    browser
        .arrive("at the run", |path| path.starts_with("/run?"))
        .await;
    browser.see("2 selected jobs").await;
    let left = async || {
        shop.jobs
            .clone()
            .sorted("image-resize", "failed")
            .await
            .len()
    };
    bullkeeper_testkit::eventually("they are gone", async || left().await == 28).await;
    assert_eq!(shop.jobs.length("image-resize", "wait").await, 0);
}

#[tokio::test]
async fn queues_of_the_overview_are_selected_and_their_failed_jobs_retried_by_keyboard_alone() {
    let mut shop = Shop::with(&[]).await;
    for queue in ["orders/v1", "orders/v2", "stock"] {
        shop.jobs.failed(queue, "1", "{}").await;
    }
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    browser.goto("/?q=o*s*").await;
    browser.see("orders").await;
    let boxes = "document.querySelectorAll('input[data-pick]').length";
    browser.until("the queues", &format!("{boxes} >= 2")).await;
    let first = "document.querySelector('input[data-pick]')";
    tab_to(&browser, first).await;
    browser.press(Key::Space).await;
    says(&browser, "1 selected").await;
    browser.press(Key::Tab).await;
    browser.type_text("jX").await;
    says(&browser, "2 selected").await;
    let retry = "document.querySelector('#selection [value=\"job.retry\"]')";
    tab_to(&browser, retry).await;
    browser.press(Key::Enter).await;
    browser.see("would apply to 2 jobs in 2 queues").await;
    tab_to(&browser, "document.querySelector('[name=confirm]')").await;
    browser.press(Key::Space).await;
    tab_to(&browser, "document.querySelector('form.decide .primary')").await;
    browser.press(Key::Enter).await;
    browser
        .arrive("at the run", |path| path.starts_with("/run?"))
        .await;
    browser.see("2 done").await;
    for (queue, failed) in [("orders/v1", 0), ("orders/v2", 0), ("stock", 1)] {
        assert_eq!(shop.jobs.sorted(queue, "failed").await.len(), failed);
    }
}
