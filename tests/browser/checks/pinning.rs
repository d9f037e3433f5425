//! A version pinned in a browser: it is asked before, and told where the person stands on the page.

use crate::harness::browser::Browser;
use crate::harness::shop::Shop;

#[tokio::test]
async fn a_pin_takes_a_reason_and_is_told_in_sight_of_its_button() {
    let mut shop = Shop::open().await;
    shop.stock().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("admin").await;
    browser.goto("/family?name=order").await;
    browser.click("Pin as current order/v1").await;
    browser.see("Pin order/v1").await;
    let pins = ["HLEN", "bullkeeper:pins"];
    assert_eq!(shop.jobs.run::<u64>(&pins).await, 0, "not yet");
    browser.click("Pin").await;
    browser.see("A reason is required").await;
    assert_eq!(shop.jobs.run::<u64>(&pins).await, 0, "not yet");
    browser.fill("reason", "v2 loses orders").await;
    browser.click("Pin").await;
    browser
        .see("order/v1 is pinned as the current version.")
        .await;
    assert_eq!(shop.jobs.run::<u64>(&pins).await, 1);
    let in_sight = "(() => { const { top, bottom } = document.querySelector('#act [role=status]').getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight; })()";
    browser.until("it is in sight", in_sight).await;
}

#[tokio::test]
async fn the_button_that_can_t_be_undone_looks_dangerous() {
    let mut shop = Shop::open().await;
    shop.stock().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("admin").await;
    bullkeeper_testkit::eventually("it may be retired", || async {
        browser.goto("/family/retire?queue=order/v1").await;
        browser.text().await.contains("Retire it")
    })
    .await;
    let colours = browser
        .script(
            "const of = (element) => getComputedStyle(element).backgroundColor;
             const button = document.querySelector('form.decide button');
             const failed = Object.assign(document.createElement('i'), { className: 'btn danger' });
             const primary = Object.assign(document.createElement('i'), { className: 'btn primary' });
             button.after(failed, primary);
             return [of(button) === of(failed), of(button) === of(primary)];",
        )
        .await;
    assert_eq!(colours, serde_json::json!([true, false]));
}
