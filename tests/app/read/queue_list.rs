//! A queue's list of jobs: its order, its pages, and what a row shows of a job.

use reqwest::StatusCode;

use bullkeeper_testkit::{Jobs, Seen, TestApp, now};

fn ids(page: &Seen) -> Vec<String> {
    page.all("tbody th")
}

/// A queue in which the jobs 1 to `count` wait, the newest last.
async fn waiting(jobs: &mut Jobs, count: u32) {
    jobs.queue("list", "bullmq:6.7.0").await;
    for id in 1..=count {
        let data = format!("{{\n  \"to\": \"zoe-{id}@example.com\"\n}}");
        jobs.waiting("list", &id.to_string(), data).await;
    }
}

#[tokio::test]
async fn a_list_is_read_from_either_end_and_its_pages_can_be_chosen() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    waiting(&mut jobs, 130).await;
    let viewer = app.viewer().await;

    let newest = viewer.page("/queue?name=list&state=waiting&size=25").await;
    assert_eq!(ids(&newest)[0], "130");
    assert_eq!(newest.all(".sizes [aria-current]"), ["newest first", "25"]);
    assert_eq!(
        newest.all(".pager :is(a, [aria-current])"),
        ["1", "2", "3", "6", "Next"]
    );

    let other = newest.attributes(".sizes a", "href").remove(0);
    let oldest = viewer.page(&other).await;
    assert_eq!(ids(&oldest)[..3], ["1", "2", "3"]);
    assert_eq!(oldest.all(".sizes [aria-current]"), ["oldest first", "25"]);

    let pages = oldest.attributes(".pager a:not(.btn)", "href");
    let last = viewer.page(pages.last().unwrap()).await;
    assert_eq!(ids(&last), ["126", "127", "128", "129", "130"]);
    assert_eq!(last.all(".pager [aria-current]"), ["6"]);
}

#[tokio::test]
async fn an_order_that_does_not_exist_is_refused() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    waiting(&mut jobs, 1).await;
    let viewer = app.viewer().await;
    let response = viewer.get("/queue?name=list&order=random").await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let page = Seen::of(response).await;
    assert!(
        page.text().contains("usual and reversed"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn beyond_the_end_of_a_list_its_last_page_is_offered() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    waiting(&mut jobs, 30).await;
    let viewer = app.viewer().await;
    let beyond = viewer
        .page("/queue?name=list&state=waiting&size=25&from=500")
        .await;
    assert!(
        beyond
            .text()
            .contains("This page is past the end of the list.")
    );
    let last = beyond.attributes(".empty a", "href").remove(0);
    assert_eq!(ids(&viewer.page(&last).await), ["5", "4", "3", "2", "1"]);
}

#[tokio::test]
async fn a_row_without_an_error_shows_its_data_and_a_delayed_one_when_it_is_due() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    waiting(&mut jobs, 1).await;
    jobs.failed("list", "f", r#"{"amount":"12,50"}"#).await;
    jobs.delayed("list", "later", now() + 7_230_000).await;
    jobs.delayed("list", "soon", now() + 630_000).await;
    let large = format!(r#"{{"text":"{}"}}"#, "x".repeat(3_000));
    jobs.waiting("list", "large", large).await;
    let viewer = app.viewer().await;

    let page = viewer.page("/queue?name=list&state=waiting").await;
    let shown = page.all("tbody td:last-child");
    assert_eq!(shown, ["", r#"{ "to": "zoe-1@example.com" }"#]);

    let page = viewer.page("/queue?name=list&state=failed").await;
    assert_eq!(page.all("thead th:last-child"), ["Error"]);
    assert!(!page.body.contains("12,50"), "the error is told instead");

    let page = viewer.page("/queue?name=list&state=delayed").await;
    assert_eq!(page.all("td[data-l=due]"), ["in 10 min", "in 2 h"]);
    let page = viewer
        .page("/queue?name=list&state=delayed&order=reversed")
        .await;
    assert_eq!(ids(&page), ["later", "soon"]);
}
