//! Moving jobs by keyboard only, with scripts and without.

use thirtyfour::Key;

use crate::harness::browser::Browser;
use crate::harness::shop::Shop;
use crate::harness::steps::tab_to;

async fn move_by_keyboard(browser: &Browser, shop: &mut Shop) {
    for id in ["order-1", "order-2", "other"] {
        shop.jobs
            .waiting("parcel/v1", id, r#"{"mail":"ann@example.com"}"#)
            .await;
    }
    shop.jobs.queue("parcel/v2", "bullmq:6.7.0").await;
    shop.counted(&["parcel/v1", "parcel/v2"]).await;
    browser.sign_in_as("admin").await;
    browser
        .goto("/family/move?name=parcel&from=parcel/v2&to=parcel/v1")
        .await;
    // The other way round, as a person chooses it.
    tab_to(browser, "#from").await;
    browser.press(Key::Down).await;
    tab_to(browser, "#to").await;
    browser.press(Key::Up).await;
    tab_to(browser, "#job_id").await;
    browser.type_text("order-*").await;
    tab_to(browser, "#patch").await;
    browser
        .type_text(r#"[{"op":"move","from":"/mail","path":"/to"}]"#)
        .await;
    tab_to(browser, "form.decide .btn.primary").await;
    browser.press(Key::Enter).await;
    browser.see("2 would move").await;
    tab_to(browser, "#reason").await;
    browser.type_text("v1 goes away").await;
    tab_to(browser, "[name=confirm]").await;
    browser.press(Key::Space).await;
    tab_to(browser, "form.decide .btn.primary").await;
    browser.press(Key::Enter).await;
    browser
        .arrive("at the run", |path| path.starts_with("/run?"))
        .await;
}

async fn assert_moved(shop: &mut Shop) {
    let wait = ["LRANGE", "bull:parcel/v2:wait", "0", "-1"];
    let there: Vec<String> = shop.jobs.run(&wait).await;
    assert_eq!(there, ["order-2", "order-1"]);
    let data = shop.jobs.data("parcel/v2", "order-1").await.unwrap();
    assert_eq!(data, br#"{"to":"ann@example.com"}"#);
}

#[tokio::test]
async fn a_move_by_keyboard_alone_shows_by_itself_that_it_is_done() {
    let mut shop = Shop::open().await;
    let browser = Browser::open(&shop.app).await;
    move_by_keyboard(&browser, &mut shop).await;
    browser.see("2 done, 0 skipped").await;
    assert_moved(&mut shop).await;
}

#[tokio::test]
async fn a_move_works_without_scripts() {
    let mut shop = Shop::open().await;
    let browser = Browser::without_scripts(&shop.app).await;
    move_by_keyboard(&browser, &mut shop).await;
    bullkeeper_testkit::eventually("a reload shows that it is done", || async {
        browser.click("Reload").await;
        browser.text().await.contains("2 done, 0 skipped")
    })
    .await;
    assert_moved(&mut shop).await;
}

#[tokio::test]
async fn a_run_that_moves_on_its_page_keeps_the_focus_and_is_stopped_by_keyboard() {
    let mut shop = Shop::open().await;
    for queue in ["parcel/v1", "parcel/v2"] {
        shop.jobs.queue(queue, "bullmq:6.7.0").await;
    }
    let many = "
for i = 1, 40000 do
  redis.call('HSET', 'bull:parcel/v1:' .. i, 'name', 'send', 'data', '{}')
  redis.call('LPUSH', 'bull:parcel/v1:wait', i)
end";
    shop.jobs.run::<()>(&["EVAL", many, "0"]).await;
    shop.counted(&["parcel/v1", "parcel/v2"]).await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("admin").await;
    browser
        .goto("/family/move?name=parcel&from=parcel/v1&to=parcel/v2")
        .await;
    browser.click("Preview move").await;
    browser.fill("reason", "v1 goes away").await;
    browser.one("[name=confirm]").await.click().await.unwrap();
    browser.click("Move").await;
    browser
        .arrive("at the run", |path| path.starts_with("/run?"))
        .await;
    tab_to(&browser, "#run-stop-now").await;
    let figure = "document.querySelector('#run progress').value";
    for _ in 0..2 {
        let before = browser.script(&format!("return {figure}")).await;
        browser
            .until("it moved by itself", &format!("{figure} > {before}"))
            .await;
        let focus = "return document.activeElement.id";
        assert_eq!(browser.script(focus).await, "run-stop-now");
    }
    browser.press(Key::Enter).await;
    browser.see("stopped").await;
    let left: u64 = shop.jobs.run(&["LLEN", "bull:parcel/v1:wait"]).await;
    assert!(left > 0, "it was stopped on the way");
}
