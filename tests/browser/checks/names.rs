//! Queues whose names are difficult in addresses and HTML.

use std::collections::BTreeSet;

use thirtyfour::By;

use crate::harness::browser::Browser;
use crate::harness::shop::{QUEUE, Shop};

const NAMES: [&str; 6] = [
    "spaces ü ?#%[a]{b}",
    "<b>x</b>/v1",
    "100%/v2",
    r#""q" & 'r'"#,
    "a+b=c;d/v1",
    "名前/%2F@2.1.0",
];

#[tokio::test]
async fn odd_queue_names_survive_click_and_reload() {
    let mut shop = Shop::open().await;
    for name in NAMES {
        shop.jobs.failed(name, name, r#"{"a":1}"#).await;
    }
    shop.counted(&NAMES).await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;

    let rows = browser
        .driver
        .find_all(By::Css("a.strong[href*='/queue?']"))
        .await
        .unwrap()
        .len();
    let mut seen = BTreeSet::new();
    for row in 0..rows {
        browser.goto("/").await;
        let links = browser
            .driver
            .find_all(By::Css("a.strong[href*='/queue?']"))
            .await
            .unwrap();
        links[row].click().await.unwrap();
        seen.insert(queue_and_its_job(&browser).await);
    }
    let expected: BTreeSet<String> = NAMES
        .iter()
        .chain(&[QUEUE])
        .map(|name| (*name).to_owned())
        .collect();
    assert_eq!(seen, expected);
}

/// From a queue's page to its failed job and back, each page loaded again. Returns the queue's name.
async fn queue_and_its_job(browser: &Browser) -> String {
    let name = heading_after_reload(browser).await;
    browser.click("failed 1").await;
    browser
        .driver
        .find(By::Css(".rows th a"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    let id = browser.one("h1 .mono").await.text().await.unwrap();
    let expected = if name == QUEUE {
        crate::harness::shop::JOB
    } else {
        name.as_str()
    };
    assert_eq!(id, expected, "the job's id");
    assert!(heading_after_reload(browser).await.ends_with(expected));
    browser.click("Edit data").await;
    browser.see("Review changes").await;
    browser.click(&name).await;
    assert_eq!(
        heading_after_reload(browser).await,
        name,
        "back by the breadcrumb"
    );
    name
}

async fn heading_after_reload(browser: &Browser) -> String {
    let before = browser.one("h1").await.text().await.unwrap();
    browser.driver.refresh().await.unwrap();
    let after = browser.one("h1").await.text().await.unwrap();
    assert_eq!(after, before, "after a reload");
    after
}

#[tokio::test]
async fn a_job_whose_id_a_form_would_rewrite_is_retried_by_a_click() {
    let mut shop = Shop::open().await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("operator").await;
    for name in ["a\nb", "a\r\nb", "a\rb", "a\0b", "%0A", "%"] {
        shop.jobs.failed(name, name, r#"{"a":1}"#).await;
        let query = bullkeeper_testkit::serde_urlencoded(&[("queue", name), ("id", name)]);
        browser.goto(&format!("/job?{query}")).await;
        browser.click("Retry").await;
        bullkeeper_testkit::eventually("it is in line", || async {
            let mut jobs = shop.jobs.clone();
            let wait = format!("bull:{name}:wait");
            let retried: Vec<String> = jobs.run(&["LRANGE", &wait, "0", "-1"]).await;
            retried == [name]
        })
        .await;
    }
}
