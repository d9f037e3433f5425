//! Retiring a version by keyboard only, with scripts and without.

use thirtyfour::Key;

use crate::harness::browser::Browser;
use crate::harness::shop::Shop;
use crate::harness::steps::tab_to;
use bullkeeper_testkit::eventually;

async fn retire_by_keyboard(browser: &Browser, shop: &mut Shop) {
    shop.stock().await;
    browser.sign_in_as("admin").await;
    eventually("the family's page offers it", || async {
        browser.goto("/family?name=order").await;
        browser.text().await.contains("drained")
    })
    .await;
    tab_to(browser, "a[href*='/family/retire']").await;
    browser.press(Key::Enter).await;
    browser.see("Type the queue").await;
    tab_to(browser, "#typed").await;
    browser.type_text("order/v").await;
    tab_to(browser, "#reason").await;
    browser.type_text("v2 does it all").await;
    browser.press(Key::Enter).await;
    browser.see("This is not its name").await;
    tab_to(browser, "#typed").await;
    browser.press(Key::End).await;
    browser.type_text("1").await;
    tab_to(browser, "form.decide .btn.danger").await;
    browser.press(Key::Enter).await;
    browser
        .arrive("at the run", |path| path.starts_with("/run?"))
        .await;
}

async fn assert_gone(shop: &mut Shop) {
    let left: Vec<String> = shop.jobs.run(&["KEYS", "bull:order/v1:*"]).await;
    assert_eq!(left, Vec::<String>::new());
    let newer: bool = shop.jobs.run(&["EXISTS", "bull:order/v2:meta"]).await;
    assert!(newer, "the other version stays");
}

#[tokio::test]
async fn a_version_is_retired_by_keyboard_alone_and_its_end_shows_by_itself() {
    let mut shop = Shop::open().await;
    let browser = Browser::open(&shop.app).await;
    retire_by_keyboard(&browser, &mut shop).await;
    browser.see("The version is out of Redis").await;
    assert_gone(&mut shop).await;
}

#[tokio::test]
async fn a_version_is_retired_without_scripts() {
    let mut shop = Shop::open().await;
    let browser = Browser::without_scripts(&shop.app).await;
    retire_by_keyboard(&browser, &mut shop).await;
    eventually("a reload shows that it is done", || async {
        browser.click("Reload").await;
        browser.text().await.contains("The version is out of Redis")
    })
    .await;
    assert_gone(&mut shop).await;
}
