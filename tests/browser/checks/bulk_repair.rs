//! A group of failures is repaired and put back, by whoever may or after a second person's approval: by keyboard, on a desktop
//! and on a phone.

use bullkeeper_testkit::schema_folder::Folder;
use bullkeeper_testkit::{AuditEntry, Jobs, PASSWORD, TestApp, eventually};
use thirtyfour::Key;

use crate::harness::browser::{Browser, DESKTOP};
use crate::harness::steps::tab_to;

const PHONE: (u32, u32) = (390, 844);

/// More than are repaired without typing their number.
const FAILED: u64 = 120;

const QUEUE: &str = "billing";
const ERROR: &str = "amount must be a number";
const REASON: &str = "the shop wrote texts";

/// It allows what is stored before the repair too, or the data could not go back.
const SCHEMA: &str = r#"{"type": "object", "required": ["amount"], "properties": {
    "amount": {"type": ["number", "string"]}, "keep": {"type": "number"}}}"#;

const GRANTS: &str = "operator may bulk on billing,admin may approve and reveal on billing";

/// Who lets the repair begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    AtOnce,
    ByApproval,
}

/// An amount that is a text, in a spelling of its own that a repair has to keep elsewhere.
fn stored(id: u64) -> String {
    format!(r#"{{ "amount": "{id}.50", "keep": 1.0, "é": "\u00e9" }}"#)
}

fn repaired(id: u64) -> String {
    stored(id).replace(&format!(r#""{id}.50""#), &format!("{id}.5"))
}

/// The application, and failed jobs whose amounts are texts.
async fn application(folder: &Folder, start: Start) -> (TestApp, Jobs) {
    let approval = match start {
        Start::AtOnce => "",
        Start::ByApproval => "repair",
    };
    let settings = [("grants", GRANTS), ("approval_for", approval)];
    let app = folder.app(&settings).await;
    let mut jobs = app.jobs().await;
    for id in 1..=FAILED {
        let name = id.to_string();
        jobs.failed(QUEUE, &name, stored(id)).await;
        let key = format!("bull:{QUEUE}:{id}");
        jobs.run::<i64>(&["HSET", &key, "failedReason", ERROR])
            .await;
    }
    (app, jobs)
}

/// Each job has exactly the data that `wanted` says.
async fn assert_data(jobs: &mut Jobs, wanted: impl Fn(u64) -> String) {
    for id in 1..=FAILED {
        let data = jobs.data(QUEUE, &id.to_string()).await.unwrap();
        assert_eq!(String::from_utf8(data).unwrap(), wanted(id), "job {id}");
    }
}

/// How many edits the audit log holds, all of them the operator's.
async fn edits(jobs: &mut Jobs) -> u64 {
    let entries = jobs.audit_of_jobs().await;
    for entry in &entries {
        let fields = ["action", "actor", "outcome"].map(|name| entry.get(name));
        assert_eq!(fields, ["job.edit", "operator", "applied"]);
    }
    entries.len() as u64
}

/// The page is there, and no wider than the window.
async fn at(browser: &Browser, path: &str) {
    browser.arrive(path, |now| now.starts_with(path)).await;
    let loaded = "document.readyState === 'complete'";
    browser.until("the page is loaded", loaded).await;
    let root = "document.documentElement";
    let fits = format!("{root}.scrollWidth <= {root}.clientWidth");
    browser
        .until("the page is no wider than the window", &fits)
        .await;
}

async fn press_enter_on(browser: &Browser, selector: &str) {
    tab_to(browser, selector).await;
    browser.press(Key::Enter).await;
}

async fn type_into(browser: &Browser, selector: &str, text: &str) {
    tab_to(browser, selector).await;
    browser.press_with(Key::Control, "a").await;
    browser.type_text(text).await;
}

/// Ticks that the review was read, and sends the form.
async fn confirm(browser: &Browser) {
    tab_to(browser, "[name='confirm']").await;
    browser.type_text(" ").await;
    press_enter_on(browser, "form.decide > .bar > .btn:not(.plain)").await;
}

/// On the page of a run, until it has ended there without being loaded again.
async fn ended(browser: &Browser) {
    at(browser, "/run?").await;
    let done = "document.querySelector('#run .chip')?.textContent.trim() === 'done'";
    browser.until("the page shows that it ended", done).await;
    let wanted = format!("{FAILED} done, 0 skipped, of {FAILED}");
    browser.see(&wanted).await;
    let full = "document.querySelector('#run progress').position === 1";
    browser.until("the progress is full", full).await;
}

/// From the failures over their group and the form to the dry run.
async fn review(browser: &Browser) {
    eventually("the failures are read", || async {
        browser.goto("/failures").await;
        browser.text().await.contains(ERROR)
    })
    .await;
    at(browser, "/failures").await;
    press_enter_on(browser, "table.failures th a").await;
    at(browser, "/failures/group").await;
    press_enter_on(browser, "#act a[href*='/repair?']").await;
    at(browser, "/repair?").await;

    tab_to(browser, "select[name='what']").await;
    browser.type_text("Conv").await;
    let chosen = "document.querySelector('select[name=what]').value === 'convert'";
    browser.until("a conversion is chosen", chosen).await;
    type_into(browser, "input[name='at']", "/amount").await;
    type_into(browser, "input[name='to']", "number").await;
    press_enter_on(browser, "form.repair > .bar > .btn.primary").await;
    at(browser, "/repair/review").await;
    browser.see(&format!("{FAILED} jobs would change.")).await;
    browser.see("Nothing has changed yet.").await;
}

/// From the dry run to the repair's start, or to the proposal of it.
async fn start(browser: &Browser) {
    type_into(browser, "#reason", REASON).await;
    type_into(browser, "#typed-count", &FAILED.to_string()).await;
    confirm(browser).await;
}

/// The requester sees the proposal and can't approve it themselves.
async fn proposed(browser: &Browser) {
    at(browser, "/proposal?").await;
    browser.see("pending").await;
    browser.see(REASON).await;
    let form = "return document.querySelector(\"form[action$='/proposal/approve']\") !== null";
    assert_eq!(browser.script(form).await, false);
}

/// Somebody else, signed in with another browser, finds what waits for them and approves it with their password.
async fn approve(app: &TestApp, size: (u32, u32)) {
    let browser = Browser::open(app).await;
    browser.resize(size, size == PHONE).await;
    browser.sign_in_as("admin").await;
    let counted = "document.querySelector('[data-go=p]')?.textContent.trim() === 'Proposals 1'";
    eventually("one waits for them", || async {
        browser.goto("/").await;
        browser.script(&format!("return {counted}")).await == true
    })
    .await;
    browser.type_text("gp").await;
    at(&browser, "/proposals").await;
    let shown = "document.querySelector('.top nav [aria-current]').getBoundingClientRect().right <= innerWidth";
    browser
        .until("the navigation shows where they are", shown)
        .await;
    press_enter_on(&browser, "main a[href*='/proposal?']").await;
    at(&browser, "/proposal?").await;
    browser.see(REASON).await;
    browser.see("/amount to number").await;
    type_into(&browser, "#password", PASSWORD).await;
    press_enter_on(&browser, "form[action$='/proposal/approve'] .btn.primary").await;
    browser.see("Approved. The run has begun.").await;
    at(&browser, "/proposal?").await;
    press_enter_on(&browser, "dl.facts a[href*='/run?']").await;
    ended(&browser).await;
}

/// From the page of a run to the run that undoes it, and its end.
async fn undo(browser: &Browser) {
    press_enter_on(browser, "#run-actions a[href*='/run/undo?']").await;
    at(browser, "/run/undo?").await;
    let would = format!("{FAILED} jobs would go back to the data from before.");
    browser.see(&would).await;
    confirm(browser).await;
    ended(browser).await;
    browser.see("Undo of run").await;
}

/// What was asked for and approved, oldest first: the action and by whom.
async fn approvals(jobs: &mut Jobs) -> Vec<[String; 2]> {
    let mut entries = jobs.audit().await;
    entries.retain(|entry| entry.get("action").starts_with("proposal."));
    let step = |entry: &AuditEntry| ["action", "actor"].map(|name| entry.get(name).to_owned());
    entries.iter().map(step).collect()
}

async fn the_whole_way(size: (u32, u32), how: Start) {
    let folder = Folder::of(&[("billing.json", SCHEMA)]);
    let (app, mut jobs) = application(&folder, how).await;
    let browser = Browser::open(&app).await;
    browser.resize(size, size == PHONE).await;
    browser.sign_in_as("operator").await;

    review(&browser).await;
    assert_data(&mut jobs, stored).await;
    start(&browser).await;
    if how == Start::ByApproval {
        proposed(&browser).await;
        assert_data(&mut jobs, stored).await;
        assert_eq!(edits(&mut jobs).await, 0);
        approve(&app, size).await;
        browser.driver.refresh().await.unwrap();
        at(&browser, "/proposal?").await;
        press_enter_on(&browser, "dl.facts a[href*='/run?']").await;
    }
    ended(&browser).await;
    browser.see(REASON).await;
    assert_data(&mut jobs, repaired).await;
    assert_eq!(edits(&mut jobs).await, FAILED);
    undo(&browser).await;
    assert_data(&mut jobs, stored).await;
    assert_eq!(edits(&mut jobs).await, 2 * FAILED);

    let wanted: &[[&str; 2]] = match how {
        Start::AtOnce => &[],
        Start::ByApproval => &[["proposal.ask", "operator"], ["proposal.approve", "admin"]],
    };
    assert_eq!(approvals(&mut jobs).await, wanted);
}

#[tokio::test]
async fn a_group_of_failures_is_repaired_and_put_back_on_a_desktop() {
    the_whole_way(DESKTOP, Start::AtOnce).await;
}

#[tokio::test]
async fn a_group_of_failures_is_repaired_and_put_back_on_a_phone() {
    the_whole_way(PHONE, Start::AtOnce).await;
}

#[tokio::test]
async fn a_repair_that_takes_a_second_person_is_approved_and_put_back_on_a_desktop() {
    the_whole_way(DESKTOP, Start::ByApproval).await;
}

#[tokio::test]
async fn a_repair_that_takes_a_second_person_is_approved_and_put_back_on_a_phone() {
    the_whole_way(PHONE, Start::ByApproval).await;
}
