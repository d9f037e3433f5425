//! The live family page: it updates in the columns that it was drawn with, and costs Redis no more with more viewers.

use bullkeeper_testkit::TestApp;
use bullkeeper_testkit::stream::{Listening, counted, quiet_app};

#[tokio::test]
async fn an_event_sends_the_figures_in_the_pages_columns_and_a_new_version_waits_to_be_shown() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    for queue in ["email/v1", "email/v2", "billing/v1"] {
        jobs.waiting(queue, "1", "{}").await;
    }
    counted(&app, 3).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/family?name=email").await;
    let mut stream = Listening::of(&viewer, &page).await;

    jobs.moves("email/v1", "1", "wait", "completed").await;
    let message = stream
        .until("the figures", |event| event.part("figures").is_some())
        .await;
    let figures = message.part("figures").unwrap();
    assert!(
        figures.contains("/queue?name=email/v1&#38;state=completed"),
        "{figures}"
    );

    jobs.waiting("email/v3", "1", "{}").await;
    let message = stream
        .until("the new version", |event| event.part("new").is_some())
        .await;
    let new = message.part("new").unwrap();
    assert!(new.contains("1 new version"), "{new}");
    assert!(new.contains("/family?name=email"), "{new}");

    jobs.moves("email/v2", "1", "wait", "completed").await;
    let message = stream
        .until("the figures", |event| event.part("figures").is_some())
        .await;
    let figures = message.part("figures").unwrap();
    assert!(
        !figures.contains("v3"),
        "its column is not there: {figures}"
    );
}

#[tokio::test]
async fn many_who_look_cost_redis_little_more_than_one() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for n in 0..30 {
        jobs.failed("email/v1", &n.to_string(), "{}").await;
    }
    counted(&app, 1).await;
    let viewer = app.viewer().await;
    viewer.page("/family?name=email").await;
    let once = jobs.calls("memory|usage").await;
    assert!(once > 17, "a queue’s own keys are weighed at least: {once}");
    let looks = (0..40).map(|_| viewer.page("/family?name=email"));
    futures::future::join_all(looks).await;
    let in_all = jobs.calls("memory|usage").await;
    // On a slow machine an answer may become outdated meanwhile, and be found again.
    assert!(in_all <= 4 * once, "{once} for one, {in_all} for 41");
}
