//! What a page says of what was just done: what came of it by then, once, and on that page alone.

use bullkeeper_testkit::retry::{DATA, retry};
use bullkeeper_testkit::stream::Listening;
use bullkeeper_testkit::{Jobs, Seen, TestApp};

const PAGE: &str = "/job?queue=email/v2&id=1";

/// A worker takes job 1 of `email/v2` and finishes it 200 ms later.
async fn finish(jobs: &mut Jobs, state: &str) {
    let key = "bull:email/v2:1";
    jobs.run::<u64>(&["LREM", "bull:email/v2:wait", "0", "1"])
        .await;
    let fields = ["HSET", key, "processedOn", "1000", "finishedOn", "1200"];
    jobs.run::<u64>(&fields).await;
    if state == "failed" {
        jobs.run::<u64>(&["HSET", key, "failedReason", "450 try later\nat send"])
            .await;
    }
    let list = format!("bull:email/v2:{state}");
    jobs.run::<u64>(&["ZADD", &list, "1200", "1"]).await;
}

fn told(page: &Seen) -> String {
    page.all("#notice [role=status]").join(" ")
}

#[tokio::test]
async fn a_retried_job_that_failed_again_is_not_said_to_be_in_line() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (state, expected, class) in [
        (
            "failed",
            "Retried. Failed again after 200 ms: 450 try later",
            "s-bad",
        ),
        ("completed", "Retried. Completed after 200 ms.", "s-good"),
    ] {
        jobs.run::<u64>(&["DEL", "bull:email/v2:1", "bull:email/v2:failed"])
            .await;
        jobs.failed("email/v2", "1", DATA).await;
        let retried = retry(&operator, "email/v2", "1").await;
        assert_eq!(retried.location(), PAGE, "the address says nothing of it");
        finish(&mut jobs, state).await;
        let page = operator.page(PAGE).await;
        assert_eq!(told(&page), expected);
        assert_eq!(page.all(&format!("#notice .{class}")).len(), 1);
        assert_eq!(page.all("#standing .chip"), [state]);
        assert_eq!(
            told(&operator.page(PAGE).await),
            "",
            "a reload says nothing"
        );
    }
}

#[tokio::test]
async fn a_notice_is_shown_on_the_page_that_it_is_for_and_to_nobody_else() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for id in ["1", "2", "3"] {
        jobs.failed("email/v2", id, DATA).await;
    }
    let operator = app.operator().await;
    let other = app.signed_in("operator").await;
    retry(&operator, "email/v2", "1").await;
    retry(&operator, "email/v2", "2").await;
    // Neither another page, nor a part of the page, nor another session takes it.
    assert_eq!(told(&operator.page("/job?queue=email/v2&id=3").await), "");
    Seen::of(operator.get_part(PAGE).await).await;
    assert_eq!(told(&other.page(PAGE).await), "");
    for id in ["2", "1"] {
        let page = operator.page(&format!("/job?queue=email/v2&id={id}")).await;
        assert_eq!(told(&page), "Retried. Waiting for a worker.", "{id}");
    }
}

#[tokio::test]
async fn a_session_keeps_a_bounded_number_of_notices() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for id in 1..=40 {
        jobs.failed("email/v2", &id.to_string(), DATA).await;
        retry(&operator, "email/v2", &id.to_string()).await;
    }
    let mut shown = Vec::new();
    for id in 1..=40 {
        let page = operator.page(&format!("/job?queue=email/v2&id={id}")).await;
        if !told(&page).is_empty() {
            shown.push(id);
        }
    }
    let newest: Vec<u64> = (9..=40).collect();
    assert_eq!(shown, newest, "the newest 32");
}

#[tokio::test]
async fn each_of_twenty_requests_at_once_finds_its_notice() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for id in 1..=20 {
        jobs.failed("email/v2", &id.to_string(), DATA).await;
    }
    let shown = futures::future::join_all((1..=20).map(|id| {
        let (operator, id) = (&operator, id.to_string());
        async move {
            let retried = retry(operator, "email/v2", &id).await;
            told(&operator.page(retried.location()).await)
        }
    }));
    for (at, told) in shown.await.iter().enumerate() {
        assert_eq!(told, "Retried. Waiting for a worker.", "job {}", at + 1);
    }
    let keys: Vec<String> = jobs.run(&["KEYS", "bullkeeper:notices:*"]).await;
    assert!(keys.is_empty(), "what was shown is gone: {keys:?}");
    let session = app.signed_in("operator").await;
    jobs.failed("email/v2", "21", DATA).await;
    retry(&session, "email/v2", "21").await;
    let keys: Vec<String> = jobs.run(&["KEYS", "bullkeeper:notices:*"]).await;
    let left: u64 = jobs.run(&["PTTL", &keys[0]]).await;
    assert!((1..=120_000).contains(&left), "it expires: {left}");
}

#[tokio::test]
async fn an_open_page_says_what_came_of_a_retry_with_its_error_and_its_way_here() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.failed("email/v2", "1", DATA).await;
    retry(&operator, "email/v2", "1").await;
    let page = operator.page(PAGE).await;
    assert_eq!(told(&page), "Retried. Waiting for a worker.");
    assert!(page.all("#failure .error").is_empty());
    let way = page.all("#crumbs li");
    assert_eq!(way, ["Overview", "email", "email/v2", "waiting", "1"]);

    let mut stream = Listening::of(&operator, &page).await;
    finish(&mut jobs, "failed").await;
    let message = stream
        .until("its failure", |event| {
            let failure = event.part("failure");
            failure.is_some_and(|failure| failure.contains("450 try later"))
        })
        .await;
    let notice = message.part("notice").unwrap();
    let failed = "Retried. Failed again after 200 ms: 450 try later";
    assert!(notice.contains(failed), "{notice}");
    let way = message.part("crumbs").unwrap();
    assert!(way.contains(">failed</a>"), "{way}");
    assert!(
        message.part("new").is_none(),
        "nothing is left to be loaded"
    );
}
