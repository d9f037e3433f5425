//! What stands beside a form follows what is chosen and typed in it.

use crate::harness::browser::Browser;
use crate::harness::shop::Shop;
use crate::harness::steps::replace_text;

#[tokio::test]
async fn the_data_of_a_new_job_is_checked_by_its_schema_while_it_is_typed() {
    let shop = Shop::open().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    browser.goto("/queue/add?name=billing/v2").await;
    browser.fill("job_name", "charge").await;
    replace_text(&browser, r#"{"amount": "12.50"}"#).await;
    browser.see("expected a number").await;
    replace_text(&browser, r#"{"amount": 12.50"#).await;
    browser.see("1 problem").await;
}

#[tokio::test]
async fn the_sample_beside_a_move_follows_the_version_that_is_chosen() {
    let mut shop = Shop::open().await;
    for (queue, id) in [("parcel/v1", "order-1"), ("parcel/v2", "order-2")] {
        shop.jobs
            .waiting(queue, id, r#"{"mail":"ann@example.com"}"#)
            .await;
    }
    shop.counted(&["parcel/v1", "parcel/v2"]).await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("admin").await;
    browser
        .goto("/family/move?name=parcel&from=parcel/v1&to=parcel/v2")
        .await;
    browser.see("order-1").await;
    browser.fill("patch", "[{").await;
    browser.fill("job_id", "order-2").await;
    browser.one("#job_name").await.click().await.unwrap();
    browser.see("No matching job").await;
    let patch = browser
        .script("return document.getElementById('patch').value")
        .await;
    assert_eq!(patch, "[{");
}
