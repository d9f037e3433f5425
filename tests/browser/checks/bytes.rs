//! Text stays unchanged through a real browser's form: browsers send line breaks as CRLF, drop the first one of a text
//! area, and know nothing of numbers.

use crate::harness::browser::Browser;
use crate::harness::places::edit_path;
use crate::harness::shop::Shop;
use crate::harness::steps::{code, replace_text};

const ODD: &str = concat!(
    r#"{"big":12345678901234567890,"one":1.0,"small":-0.00,"e":1E+5,"b":1,"a":"é\u00e9\ud800 \r\n\t<b>&amp;","#,
    r#""nested":[[],{},"",null,[1.0,"</textarea>"]]}"#
);

async fn editor_on(shop: &mut Shop, browser: &Browser, id: &str, data: &str) {
    shop.jobs.failed("parcels/v2", id, data).await;
    browser.goto(&edit_path("parcels/v2", id)).await;
}

async fn stored(shop: &mut Shop, id: &str) -> String {
    String::from_utf8(shop.jobs.data("parcels/v2", id).await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_save_without_a_change_writes_nothing_and_every_byte_stays() {
    let mut shop = Shop::open().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    for (id, data) in [
        ("1", ODD),
        ("2", "{oops\n\n"),
        ("3", " { \"a\" : 1.0 } "),
        ("4", "\n\n1.0"),
    ] {
        editor_on(&mut shop, &browser, id, data).await;
        code(&browser).await;
        browser.click("Review changes").await;
        browser.see("Nothing was saved: the text is the same").await;
        assert_eq!(stored(&mut shop, id).await, data);
    }
    assert!(shop.jobs.audit_of_jobs().await.is_empty());
}

#[tokio::test]
async fn a_change_changes_only_what_was_typed() {
    let mut shop = Shop::open().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    editor_on(&mut shop, &browser, "1", ODD).await;
    let area = browser.one("#document").await;
    let shown = area.prop("value").await.unwrap().unwrap();
    replace_text(&browser, &shown.replace(r#""b": 1,"#, r#""b": 2.50,"#)).await;
    save(&browser).await;
    assert_eq!(
        stored(&mut shop, "1").await,
        ODD.replace(r#""b":1,"#, r#""b":2.50,"#)
    );
}

#[tokio::test]
async fn data_over_a_megabyte_is_edited_in_a_plain_text_field_and_keeps_every_other_byte() {
    let mut shop = Shop::open().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    let items =
        r#"{"id":12345678901234567890,"price":1.0,"note":"ü\u00fc <i>\r\n"},"#.repeat(1_000);
    let long = "a long text \\n\\u00e9 ".repeat(55_000);
    let large = format!(r#"{{"first":1.0,"items":[{items}0.10],"long":"{long}"}}"#);
    assert!(large.len() > 1_000_000);
    shop.jobs.failed("parcels/v2", "1", &large).await;
    // So large, it is edited in parts unless one asks for the whole text.
    let whole = format!("{}&whole=1", edit_path("parcels/v2", "1"));
    browser.goto(&whole).await;
    browser.see("without highlighting").await;
    assert_eq!(
        browser
            .script("return document.querySelector('.editor')")
            .await,
        serde_json::Value::Null
    );
    browser.click("Review changes").await;
    browser.see("Nothing was saved: the text is the same").await;
    assert_eq!(stored(&mut shop, "1").await, large);

    // Typed at the beginning, where `{` and a line break come first.
    browser.goto(&whole).await;
    browser.script("const area = document.querySelector('#document'); area.focus(); area.setSelectionRange(1, 1)").await;
    browser.type_text(r#""zeroth": 0.0,"#).await;
    save(&browser).await;
    assert_eq!(
        stored(&mut shop, "1").await,
        large.replacen('{', r#"{"zeroth":0.0,"#, 1)
    );
}

async fn save(browser: &Browser) {
    browser.click("Review changes").await;
    browser.see("Review your edit").await;
    browser
        .fill("reason", "to see that nothing else changes")
        .await;
    browser.click("Save").await;
    browser.see("Saved").await;
}
