//! A quick fix in the editor: by keyboard alone from the list of jobs to the retry, undone, and without scripts.

use thirtyfour::{By, Key};

use crate::harness::browser::Browser;
use crate::harness::places::edit_path;
use crate::harness::shop::{CHARGE, JOB, QUEUE, Shop};
use crate::harness::steps::{code, retype_line, tab_to};

const FIX: &str = "button[data-fix]";

const TEXT: &str = "return document.querySelector('#document').value";

/// The shop, with a charge in which only the amount is wrong.
async fn shop() -> (Shop, String) {
    let mut shop = Shop::open().await;
    let charge = CHARGE.replace("zoe.marti.example", "zoe.marti@example");
    let key = format!("bull:{QUEUE}:{JOB}");
    shop.jobs.run::<i64>(&["HSET", &key, "data", &charge]).await;
    (shop, charge)
}

async fn text(browser: &Browser) -> String {
    browser.script(TEXT).await.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_operator_fixes_saves_and_retries_a_charge_by_keyboard_alone() {
    let (mut shop, charge) = shop().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    browser
        .goto(&format!("/queue?name={QUEUE}&state=failed"))
        .await;
    browser.type_text("j").await;
    browser.press(Key::Enter).await;
    browser
        .arrive("at the job", |path| path.starts_with("/job?"))
        .await;
    browser.type_text("e").await;
    browser.see("1 problem").await;
    browser
        .until(
            "the editor is ready",
            "document.querySelector('.editor') !== null",
        )
        .await;
    let before = text(&browser).await;
    tab_to(&browser, FIX).await;
    let label = "return document.activeElement.getAttribute('aria-label')";
    assert_eq!(browser.script(label).await, "Change to 12.5 at /amount");
    browser.press(Key::Enter).await;
    browser.see("No problems").await;
    assert_eq!(
        text(&browser).await,
        before.replace("\"12,50\"", "12.5"),
        "nothing else of the text changes"
    );
    assert_eq!(shop.charge().await, charge, "nothing is saved yet");
    let focused = "return document.activeElement.textContent";
    assert_eq!(browser.script(focused).await, "Review changes");
    browser.press(Key::Enter).await;
    browser.see("Review your edit").await;
    assert_eq!(browser.texts(".changes code").await, ["/amount"]);
    tab_to(&browser, "#reason").await;
    browser.type_text("The amount had a comma").await;
    browser.press(Key::Enter).await;
    browser
        .arrive("back at the job", |path| path.starts_with("/job?"))
        .await;
    browser.see("Saved and retried.").await;
    assert_eq!(shop.charge().await, charge.replace("\"12,50\"", "12.5"));
    let waiting: Vec<String> = shop
        .jobs
        .run(&["LRANGE", &format!("bull:{QUEUE}:wait"), "0", "9"])
        .await;
    assert_eq!(waiting, [JOB]);
    let entries = shop.jobs.audit_of_jobs().await;
    let told: Vec<(&str, &str)> = entries
        .iter()
        .map(|entry| (entry.get("action"), entry.get("outcome")))
        .collect();
    assert_eq!(told, [("job.edit", "applied"), ("job.retry", "applied")]);
    let patch = r#"[{"op":"test","path":"/amount","value":"12,50"},{"op":"replace","path":"/amount","value":12.5}]"#;
    assert_eq!(entries[0].get("patch"), patch);
}

#[tokio::test]
async fn a_fix_can_be_undone_and_keeps_what_was_typed_before_it() {
    let (shop, _) = shop().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    browser.goto(&edit_path(QUEUE, JOB)).await;
    browser.see("1 problem").await;
    browser.one("a[data-line]").await.click().await.unwrap();
    retype_line(&browser, r#""amount": " 13,25 ","#).await;
    browser
        .until(
            "the fix is for what was typed",
            "document.querySelector('button[data-fix]')?.textContent.includes('13.25')",
        )
        .await;
    let typed = text(&browser).await;
    browser.one(FIX).await.click().await.unwrap();
    browser.see("No problems").await;
    assert_eq!(text(&browser).await, typed.replace("\" 13,25 \"", "13.25"));
    code(&browser).await.click().await.unwrap();
    browser.press_with(Key::Control, "z").await;
    browser.see("1 problem").await;
    assert_eq!(text(&browser).await, typed);
}

#[tokio::test]
async fn without_scripts_the_button_opens_the_form_again_with_the_fixed_text() {
    let (shop, _) = shop().await;
    let browser = Browser::without_scripts(&shop.app).await;
    browser.sign_in_as("operator").await;
    browser.goto(&edit_path(QUEUE, JOB)).await;
    browser.see("1 problem").await;
    let area = browser.one("#document").await;
    let before = area.prop("value").await.unwrap().unwrap();
    browser.one(FIX).await.click().await.unwrap();
    browser.see("Nothing is saved yet").await;
    let area = browser.one("#document").await;
    let after = area.prop("value").await.unwrap().unwrap();
    assert_eq!(after, before.replace("\"12,50\"", "12.5"));
    let fixes = browser.driver.find_all(By::Css(FIX)).await.unwrap();
    assert!(fixes.is_empty());
    let focused = browser.driver.active_element().await.unwrap();
    assert_eq!(focused.text().await.unwrap(), "Review changes");
}

#[tokio::test]
async fn enter_in_a_field_of_a_new_job_adds_it_and_presses_no_fix() {
    let (shop, _) = shop().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    browser
        .goto(&format!("/queue/add?name={QUEUE}&from={JOB}"))
        .await;
    browser.see("1 problem").await;
    browser.fill("reason", "the customer waits").await;
    browser.press(Key::Enter).await;
    browser.see("Nothing was added").await;
    assert!(
        text(&browser).await.contains("\"12,50\""),
        "no fix was done"
    );
    browser.one(FIX).await.click().await.unwrap();
    browser.see("No problems").await;
    assert!(text(&browser).await.contains("\"amount\": 12.5"));
}
