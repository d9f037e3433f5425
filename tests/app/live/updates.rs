//! Live pages send what changed, to those who may see it, and nothing else.

use bullkeeper::domain::access::{Operator, Role};
use bullkeeper::service::accounts::users::UserChange;
use reqwest::StatusCode;

use bullkeeper_testkit::stream::{Listening, address, counted, quiet_app};
use bullkeeper_testkit::{Jobs, Seen, TestApp, eventually};

async fn finish(jobs: &mut Jobs, queue: &str, id: &str) {
    jobs.moves(queue, id, "wait", "completed").await;
}

/// The id of a queue's row.
fn row_of(page: &Seen, queue: &str) -> String {
    let html = scraper::Html::parse_document(&page.body);
    let rows = scraper::Selector::parse("table.overview tr[id]").unwrap();
    let link = format!("a[href=\"/queue?name={queue}\"]");
    let link = scraper::Selector::parse(&link).unwrap();
    let row = html
        .select(&rows)
        .find(|row| row.select(&link).next().is_some());
    row.unwrap().value().attr("id").unwrap().to_owned()
}

#[tokio::test]
async fn an_event_sends_the_row_of_its_queue_and_the_totals_and_no_other_row() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    jobs.waiting("email/v2", "1", "{}").await;
    counted(&app, 2).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/").await;
    let (v1, v2) = (row_of(&page, "email/v1"), row_of(&page, "email/v2"));
    let mut stream = Listening::of(&viewer, &page).await;

    finish(&mut jobs, "email/v1", "1").await;
    let message = stream
        .until("the row", |event| event.part(&v1).is_some())
        .await;
    let row = message.part(&v1).unwrap();
    assert!(
        row.contains("/queue?name=email/v1&#38;state=completed"),
        "{row}"
    );
    assert!(row.starts_with(&format!("<tr id=\"{v1}\">")), "{row}");
    assert_eq!(message.part(&v2), None);
    assert!(message.part("totals").is_some());
}

#[tokio::test]
async fn a_stream_that_broke_off_goes_on_where_it_ended() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    for queue in ["a", "b"] {
        jobs.waiting(queue, "1", "{}").await;
        jobs.waiting(queue, "2", "{}").await;
    }
    counted(&app, 2).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/").await;
    let (a, b) = (row_of(&page, "a"), row_of(&page, "b"));
    let mut stream = Listening::of(&viewer, &page).await;
    finish(&mut jobs, "a", "1").await;
    let last = stream
        .until("a's row", |event| event.part(&a).is_some())
        .await;
    drop(stream);

    finish(&mut jobs, "b", "1").await;
    let mut again = Listening::resume(&viewer, &address(&page), &last.id).await;
    let message = again
        .until("b's row", |event| event.part(&b).is_some())
        .await;
    assert_eq!(message.part(&a), None, "what was sent is not sent again");
}

#[tokio::test]
async fn a_page_of_another_process_is_sent_its_figures_anew() {
    let app = quiet_app().await;
    app.jobs().await.waiting("a", "1", "{}").await;
    counted(&app, 1).await;
    let viewer = app.viewer().await;
    let mut stream = Listening::at(&viewer, "/events/overview?seen=1-1").await;
    let message = stream
        .until("the figures", |event| event.name.is_empty())
        .await;
    assert!(message.part("overview").unwrap().contains("<table"));
}

#[tokio::test]
async fn nobody_hears_of_a_queue_outside_their_scope() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    jobs.waiting("secret", "1", "{}").await;
    jobs.waiting("secret", "2", "{}").await;
    counted(&app, 2).await;
    let secret = row_of(&app.viewer().await.page("/").await, "secret");
    let scoped = app.scoped("scoped", Role::Operator, &["email/*"]).await;
    let page = scoped.page("/").await;
    let mut stream = Listening::of(&scoped, &page).await;

    finish(&mut jobs, "secret", "1").await;
    let events = stream.until_quiet().await;
    for event in &events {
        assert!(
            event.part(&secret).is_none() && event.part("totals").is_none(),
            "{event:?}"
        );
    }
    for path in [
        "/events/queue?name=secret&state=waiting&seen=1-1",
        "/events/job?queue=secret&id=2&stands=x&texts=x",
    ] {
        assert_eq!(
            scoped.get(path).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let stranger = app.stranger().get_part("/events/overview?seen=1-1").await;
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_user_who_is_disabled_hears_no_more_and_is_told_so() {
    let app = quiet_app().await;
    app.jobs().await.waiting("email/v1", "1", "{}").await;
    counted(&app, 1).await;
    let scoped = app.scoped("scoped", Role::Operator, &["email/*"]).await;
    let page = scoped.page("/").await;
    let mut stream = Listening::of(&scoped, &page).await;

    app.services
        .change_user(&Operator::console(), "scoped", UserChange::Disable)
        .await
        .unwrap()
        .unwrap();
    let last = stream.until("the end", |event| event.name == "ended").await;
    assert_eq!(last.data, "Your session has ended.");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_session_that_is_signed_out_elsewhere_hears_no_more() {
    let app = quiet_app().await;
    let viewer = app.viewer().await;
    let page = viewer.page("/").await;
    let mut stream = Listening::of(&viewer, &page).await;
    viewer.post("/sign-out", &[]).await;
    let last = stream.until("the end", |event| event.name == "ended").await;
    assert_eq!(last.data, "Your session has ended.");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_server_that_ends_ends_its_streams_at_once() {
    let mut app = quiet_app().await;
    let viewer = app.viewer().await;
    let page = viewer.page("/").await;
    let mut stream = Listening::of(&viewer, &page).await;
    stream
        .until("a sign of life", |event| event.name == "beat")
        .await;
    let ended = app.end();
    while stream.next().await.is_some() {}
    tokio::time::timeout(std::time::Duration::from_secs(5), ended)
        .await
        .expect("the server ends without waiting for its streams");
}

#[tokio::test]
async fn more_streams_than_allowed_are_refused_and_the_page_can_be_refreshed_instead() {
    let app = TestApp::with(&[("live_streams", "1")]).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/").await;
    let first = Listening::of(&viewer, &page).await;
    let refused = Seen::of(viewer.get_part(&address(&page)).await).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        refused.text().contains("live_streams"),
        "{}",
        refused.text()
    );
    let figures = page.attributes("#overview", "hx-get").remove(0);
    assert_eq!(viewer.get_part(&figures).await.status(), StatusCode::OK);
    drop(first);
    eventually("the place is free again", || async {
        viewer.get_part(&address(&page)).await.status() == StatusCode::OK
    })
    .await;
}

#[tokio::test]
async fn new_queues_wait_behind_a_link_and_gone_ones_are_marked() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("a", "1", "{}").await;
    counted(&app, 1).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/").await;
    let a = row_of(&page, "a");
    let mut stream = Listening::of(&viewer, &page).await;
    jobs.waiting("b", "1", "{}").await;
    let message = stream
        .until("the link", |event| event.part("new").is_some())
        .await;
    assert!(message.part("new").unwrap().contains("1 new queue, show"));

    jobs.run::<()>(&["DEL", "bull:a:meta", "bull:a:wait", "bull:a:1"])
        .await;
    jobs.announce("a", "1").await;
    let message = stream
        .until("the mark", |event| event.part(&a).is_some())
        .await;
    assert!(message.part(&a).unwrap().contains("This queue is gone."));
}

#[tokio::test]
async fn a_queue_page_is_told_how_many_jobs_came_even_where_as_many_went() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    for id in ["1", "2", "3"] {
        jobs.waiting("email/v1", id, "{}").await;
    }
    jobs.announce("email/v1", "3").await;
    counted(&app, 1).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/queue?name=email/v1&state=completed").await;
    let mut stream = Listening::of(&viewer, &page).await;
    finish(&mut jobs, "email/v1", "1").await;
    finish(&mut jobs, "email/v1", "2").await;
    // As removeOnComplete does.
    jobs.run::<()>(&["ZREM", "bull:email/v1:completed", "1"])
        .await;
    let says = |text: &'static str| {
        move |event: &bullkeeper_testkit::stream::Event| {
            event
                .part("figures")
                .is_some_and(|part| part.contains(text))
        }
    };
    stream.until("two new", says("2 new, show")).await;
}

#[tokio::test]
async fn a_job_page_is_told_its_state_its_progress_and_new_lines_of_its_log() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    jobs.active("email/v1", "1", "{}").await;
    jobs.announce("email/v1", "1").await;
    jobs.run::<()>(&["RPUSH", "bull:email/v1:1:logs", "one"])
        .await;
    counted(&app, 1).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/job?queue=email/v1&id=1").await;
    let mut stream = Listening::of(&viewer, &page).await;

    jobs.run::<()>(&["RPUSH", "bull:email/v1:1:logs", "two <b>"])
        .await;
    let message = stream
        .until("the line", |event| event.part("log-lines").is_some())
        .await;
    let lines = message.part("log-lines").unwrap();
    assert!(
        lines.contains("value=\"2\"") && lines.contains("two &#60;b&#62;"),
        "{lines}"
    );
    assert!(!lines.contains("one"), "{lines}");

    jobs.run::<()>(&["HSET", "bull:email/v1:1", "progress", "42"])
        .await;
    jobs.run::<String>(&[
        "XADD",
        "bull:email/v1:events",
        "*",
        "event",
        "progress",
        "jobId",
        "1",
        "data",
        "42",
    ])
    .await;
    let shows = |text: &'static str| {
        move |event: &bullkeeper_testkit::stream::Event| {
            event
                .part("standing")
                .is_some_and(|part| part.contains(text))
        }
    };
    stream.until("the progress", shows("42 %")).await;

    jobs.run::<()>(&["LREM", "bull:email/v1:active", "1", "1"])
        .await;
    jobs.run::<()>(&["DEL", "bull:email/v1:1:lock"]).await;
    finish(&mut jobs, "email/v1", "1").await;
    let message = stream.until("the state", shows("completed")).await;
    let told = match message.part("new") {
        Some(told) => told.to_owned(),
        None => {
            let message = stream
                .until("that it changed", |event| event.part("new").is_some())
                .await;
            message.part("new").unwrap().to_owned()
        }
    };
    assert!(told.contains("What it carries has changed, show"), "{told}");
}

#[tokio::test]
async fn an_edit_is_told_to_those_who_look_though_bullmq_makes_no_event_of_it() {
    let app = quiet_app().await;
    app.jobs().await.failed("email/v1", "1", r#"{"a":1}"#).await;
    counted(&app, 1).await;
    let (viewer, operator) = (app.viewer().await, app.operator().await);
    let page = viewer.page("/job?queue=email/v1&id=1").await;
    let mut stream = Listening::of(&viewer, &page).await;
    stream
        .until("a sign of life", |event| event.name == "beat")
        .await;
    let form = operator.edit("email/v1", "1").await;
    let form = form.set("text", r#"{"a":2}"#).set("reason", "wrong");
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    stream
        .until("that it changed", |event| event.part("new").is_some())
        .await;
}

#[tokio::test]
async fn a_page_is_told_when_redis_goes_and_when_it_comes_back_with_other_figures() {
    let mut app = quiet_app().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("a", "1", "{}").await;
    counted(&app, 1).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/").await;
    let a = row_of(&page, "a");
    let mut stream = Listening::of(&viewer, &page).await;
    app.redis.kill();
    let away = |event: &bullkeeper_testkit::stream::Event| {
        event
            .part("away")
            .is_some_and(|part| part.contains("Redis is not responding"))
    };
    stream.until("that it is away", away).await;
    app.redis.start_again().await;
    let mut jobs = app.jobs().await;
    finish(&mut jobs, "a", "1").await;
    stream
        .until("the new figures", |event| {
            event
                .part(&a)
                .is_some_and(|row| row.contains("state=completed"))
        })
        .await;
}
