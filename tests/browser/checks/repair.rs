//! The whole repair in a browser, from signing in to the audit log.

use thirtyfour::{By, Key};

use crate::harness::browser::Browser;
use crate::harness::places::{edit_path, job_path};
use crate::harness::shop::{CHARGE, JOB, QUEUE, Shop};
use crate::harness::steps::{line_at_cursor, mended, retype_line};

const REASON: &str = "The customer's address lost its @; amount as on the invoice";

/// From the overview to the editor, only by clicks.
async fn find_the_charge(browser: &Browser) {
    browser.goto("/").await;
    browser
        .arrive("signing in comes first", |path| {
            path.starts_with("/sign-in")
        })
        .await;
    browser.sign_in("operator").await;
    browser.click("billing/v2").await;
    browser.see("1 failed").await;
    browser.click("failed 1").await;
    browser.click(JOB).await;
    browser.see("no such address").await;
    browser.click("Edit data").await;
    browser.see("2 problems").await;
}

/// From the editor with the right text to the job, which is to be worked on again.
async fn review_and_save(browser: &Browser) {
    browser.click("Review changes").await;
    browser.see("Review your edit").await;
    assert_eq!(
        browser.texts(".changes code").await,
        ["/customer/email", "/amount"],
        "what changes is listed"
    );
    let old = browser.texts(".diff .old").await;
    let new = browser.texts(".diff .new").await;
    assert!(
        old.iter()
            .any(|line| line.contains(r#""amount": "12,50","#)),
        "{old:?}"
    );
    assert!(
        new.iter().any(|line| line.contains(r#""amount": 12.50,"#)),
        "{new:?}"
    );
    browser.fill("reason", REASON).await;
    browser.click("Save and retry").await;
    browser
        .arrive("back at the job", |path| path.starts_with("/job?"))
        .await;
    browser.see("Saved and retried.").await;
}

/// Asserts that Redis holds the corrected data and nothing else changed, the job waits, and the entry exists.
async fn assert_it_is_stored(shop: &mut Shop) {
    assert_eq!(shop.charge().await, mended(CHARGE));
    let waiting: Vec<String> = shop
        .jobs
        .run(&["LRANGE", &format!("bull:{QUEUE}:wait"), "0", "9"])
        .await;
    assert_eq!(waiting, [JOB], "it waits to be worked on");
    let entries = shop.jobs.audit_of_jobs().await;
    let told: Vec<(&str, &str)> = entries
        .iter()
        .map(|entry| (entry.get("action"), entry.get("outcome")))
        .collect();
    assert_eq!(told, [("job.edit", "applied"), ("job.retry", "applied")]);
    let edit = &entries[0];
    for (field, value) in [
        ("actor", "operator"),
        ("queue", QUEUE),
        ("job", JOB),
        ("reason", REASON),
        ("schema", "billing.json"),
    ] {
        assert_eq!(edit.get(field), value, "{field}");
    }
    assert_eq!(
        edit.get("patch"),
        concat!(
            r#"[{"op":"test","path":"/customer/email","value":"zoe.marti.example.com"},"#,
            r#"{"op":"replace","path":"/customer/email","value":"zoe.marti@example.com"},"#,
            r#"{"op":"test","path":"/amount","value":"12,50"},{"op":"replace","path":"/amount","value":12.50}]"#
        )
    );
}

/// The audit log shows the edit, and what it changed once it is opened.
async fn read_the_audit(browser: &Browser) {
    browser.click("Audit").await;
    browser.see("Audit log").await;
    browser.see(REASON).await;
    browser.click("Details of job.edit by operator").await;
    browser.see("zoe.marti@example.com").await;
    let was = browser.texts(".changes del").await;
    let became = browser.texts(".changes ins").await;
    assert!(was[0].contains("zoe.marti.example.com"), "{was:?}");
    assert!(was[1].contains("12,50"), "{was:?}");
    assert!(became[1].contains("12.50"), "{became:?}");
}

/// That the list has so many problems, all of them the schema's.
fn problems(count: usize) -> String {
    format!(
        "document.querySelectorAll('#problem-list li').length === {count} && \
         document.querySelectorAll('#problem-list li code').length === {count}"
    )
}

/// What is underlined in the editor.
async fn underlined(browser: &Browser) -> Vec<String> {
    let texts = browser
        .script(
            "return [...document.querySelector('.editor').shadowRoot.querySelectorAll('.cm-lintRange-error')]\
             .map((range) => range.textContent)",
        )
        .await;
    serde_json::from_value(texts).unwrap()
}

#[tokio::test]
async fn an_operator_repairs_a_charge_in_the_editor_and_reads_the_edit_in_the_audit_log() {
    let mut shop = Shop::open().await;
    let browser = Browser::open(&shop.app).await;
    find_the_charge(&browser).await;
    assert!(
        !browser.one("#document").await.is_displayed().await.unwrap(),
        "the editor is in the text field's place"
    );

    // The server's problem leads to its line. A line without its comma is not JSON, and the editor says so at once.
    let link = browser
        .driver
        .find_all(By::Css("a[data-line]"))
        .await
        .unwrap();
    assert_eq!(
        browser.texts(".problems code").await,
        ["/customer/email", "/amount"]
    );
    link[1].click().await.unwrap();
    assert_eq!(line_at_cursor(&browser).await, r#""amount": "12,50","#);
    retype_line(&browser, r#""amount": -1"#).await;
    let is_told =
        "document.querySelector('#problem-list').textContent.includes('Line 9, column 3')";
    browser.until("the fault is told", is_told).await;
    assert_eq!(
        browser.texts("#problems-h").await,
        ["1 problem"],
        "what was wrong with an earlier text is not in the list"
    );
    browser.click("Review changes").await;
    browser
        .see("Not saved. Each problem is listed next to the text")
        .await;
    browser.see("1 problem").await;

    // Well-formed again, and still no charge: the schema's problem has its line too.
    browser.one("a[data-line]").await.click().await.unwrap();
    browser.press(Key::Up).await;
    assert_eq!(line_at_cursor(&browser).await, r#""amount": -1"#);
    retype_line(&browser, r#""amount": -1,"#).await;
    browser
        .until("the schema is checked while typing", &problems(2))
        .await;
    assert_eq!(
        underlined(&browser).await,
        [r#""zoe.marti.example.com""#, "-1"]
    );
    browser
        .press_with(Key::Control, Key::Enter.value().to_string())
        .await;
    browser.see("2 problems").await;
    let links = browser
        .driver
        .find_all(By::Css("a[data-line]"))
        .await
        .unwrap();
    links[1].click().await.unwrap();
    assert_eq!(line_at_cursor(&browser).await, r#""amount": -1,"#);
    retype_line(&browser, r#""amount": 12.50,"#).await;
    browser.until("one is mended", &problems(1)).await;
    browser.one("a[data-line]").await.click().await.unwrap();
    retype_line(&browser, r#""email": "zoe.marti@example.com""#).await;
    browser.until("both are mended", &problems(0)).await;
    browser.see("No problems").await;
    assert_eq!(
        shop.charge().await,
        CHARGE,
        "nothing is written before it is saved"
    );

    review_and_save(&browser).await;
    assert_it_is_stored(&mut shop).await;
    read_the_audit(&browser).await;
    assert!(
        browser.path().await.starts_with("/audit"),
        "it opens in its place"
    );
    assert!(
        !browser.path().await.contains("entry"),
        "it opens in its place"
    );
}

#[tokio::test]
async fn an_operator_without_javascript_repairs_a_charge_and_reads_the_edit_in_the_audit_log() {
    let mut shop = Shop::open().await;
    let browser = Browser::without_scripts(&shop.app).await;
    find_the_charge(&browser).await;
    assert!(
        browser.driver.find(By::Css("html.js")).await.is_err(),
        "no script ran"
    );
    assert_eq!(
        browser.texts(".problems code").await,
        ["/customer/email", "/amount"],
        "the schema's problems are listed"
    );

    let area = browser.one("#document").await;
    let text = area.prop("value").await.unwrap().unwrap();
    let broken = text.replace(r#""12,50","#, "12.50");
    browser.fill("text", &broken).await;
    browser.click("Review changes").await;
    browser
        .see("Not saved. Each problem is listed next to the text")
        .await;
    let place = browser.one("a[data-line]").await.text().await.unwrap();
    assert_eq!(place, "Line 9, column 3");

    let area = browser.one("#document").await;
    assert_eq!(
        area.prop("value").await.unwrap().unwrap(),
        broken,
        "the text is kept"
    );
    browser.fill("text", &mended(&text)).await;
    review_and_save(&browser).await;
    assert_it_is_stored(&mut shop).await;
    read_the_audit(&browser).await;
    assert!(
        browser.path().await.contains("/audit/entry"),
        "it is a page of its own"
    );
    browser.click("operator").await;
    browser.click("Sign out").await;
    browser
        .arrive("signed out", |path| path.starts_with("/sign-in"))
        .await;
}

#[tokio::test]
async fn a_viewer_sees_the_same_and_is_offered_no_change() {
    let mut shop = Shop::open().await;
    let browser = Browser::open(&shop.app).await;
    browser.goto(&job_path(QUEUE, JOB)).await;
    browser.sign_in("viewer").await;
    browser.see("no such address").await;
    browser
        .see("You can view this job, but not change it")
        .await;
    let shown = browser.one("#data pre").await.text().await.unwrap();
    assert!(shown.contains(r#""amount": "12,50""#), "{shown}");
    for offer in [
        "form[method=post]:not([action$='/sign-out'])",
        "a[href*='/job/edit']",
        "a[href*='/audit']",
    ] {
        let found = browser.driver.find_all(By::Css(offer)).await.unwrap();
        assert!(found.is_empty(), "{offer}");
    }
    browser.goto(&edit_path(QUEUE, JOB)).await;
    browser.see("403").await;
    assert_eq!(shop.charge().await, CHARGE);
}
