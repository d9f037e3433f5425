//! Steps that several tests share: in the editor, and directly in Redis.

use serde_json::json;
use thirtyfour::{By, Key, WebElement};

use crate::harness::browser::Browser;
use crate::harness::shop::{JOB, QUEUE, Shop};
use bullkeeper_testkit::eventually;

/// The editor's text element, in its shadow root.
pub async fn code(browser: &Browser) -> WebElement {
    let host = browser.one(".editor").await;
    let root = host.get_shadow_root().await.unwrap();
    root.find(By::Css(".cm-content")).await.unwrap()
}

/// The line that the editor's cursor is in.
pub async fn line_at_cursor(browser: &Browser) -> String {
    let host = browser.one(".editor").await;
    let root = host.get_shadow_root().await.unwrap();
    let line = root.find(By::Css(".cm-activeLine")).await.unwrap();
    line.text().await.unwrap().trim().to_owned()
}

/// Replaces the line with the cursor.
pub async fn retype_line(browser: &Browser, text: &str) {
    browser.press(Key::Home).await;
    browser
        .press_with(Key::Shift, Key::End.value().to_string())
        .await;
    browser.type_text(text).await;
    eventually("the line is typed", || async {
        line_at_cursor(browser).await == text
    })
    .await;
}

/// Replaces the whole text by pasting, in the editor or the plain text field.
pub async fn replace_text(browser: &Browser, text: &str) {
    browser
        .until("the editor is ready", "document.readyState === 'complete'")
        .await;
    if browser
        .script("return document.querySelector('.editor') !== null")
        .await
        == true
    {
        code(browser).await.click().await.unwrap();
    } else {
        browser.one("#document").await.click().await.unwrap();
    }
    browser.press_with(Key::Control, "a").await;
    browser
        .tools("Input.insertText", json!({ "text": text }))
        .await;
    let text = json!(text);
    let there = format!("document.querySelector('#document').value === {text}");
    browser.until("the text is in the form", &there).await;
}

/// The corrected charge, compact.
pub fn mended(wrong: &str) -> String {
    wrong
        .replace(r#""12,50""#, "12.50")
        .replace(r#""13,00""#, "12.50")
        .replace("zoe.marti.example", "zoe.marti@example")
}

/// Somebody else changes the charge.
pub async fn change_underneath(shop: &mut Shop, from: &str, to: &str) {
    let stored = shop.charge().await;
    assert!(stored.contains(from), "{stored}");
    let key = format!("bull:{QUEUE}:{JOB}");
    let changed = stored.replace(from, to);
    shop.jobs
        .run::<i64>(&["HSET", &key, "data", &changed])
        .await;
}

/// More Tabs than any page needs.
const LONGEST_WAY: usize = 100;

/// Presses Tab until what `selector` names has the focus.
pub async fn tab_to(browser: &Browser, selector: &str) {
    let there = format!("return document.activeElement.matches({selector:?})");
    for _ in 0..LONGEST_WAY {
        browser.press(Key::Tab).await;
        if browser.script(&there).await == true {
            return;
        }
    }
    panic!("Tab never reaches {selector}");
}
