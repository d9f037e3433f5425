//! The stream of a search: what it finds and says, whom it shows what, and what it does when something is in the way.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::stream::{Listening, counted};
use bullkeeper_testkit::{Seen, TestApp};
use reqwest::StatusCode;

use super::{Ended, add, rest_of, search, seed};

#[tokio::test]
async fn a_search_looks_at_every_state_of_a_queue_and_says_how_far_it_is() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let viewer = app.viewer().await;
    seed(&mut jobs, "email/v1", "failed", 2_500).await;
    jobs.waiting("email/v1", "w1", r#"{"n":7,"to":"ann"}"#)
        .await;
    jobs.waiting("email/v1", "w2", r#"{"n":8}"#).await;
    jobs.active("email/v1", "a1", r#"{"n":7.0}"#).await;

    let found = search(&viewer, "/events/search?q=data.n+%3D+7&queue=email/v1").await;
    assert_eq!(found.ids(), ["w1", "a1", "7"]);
    assert!(
        found
            .told
            .starts_with("3 found. Looked at 2,503 of 2,503 jobs in 1 queue,"),
        "{}",
        found.told
    );
    assert_eq!(found.next, None);

    let found = search(
        &viewer,
        "/events/search?q=data.n+%3D+7+state+%3D+active&queue=email/v1",
    )
    .await;
    assert_eq!(found.ids(), ["a1"]);
    assert!(
        found.told.contains("Looked at 1 of 1 jobs"),
        "{}",
        found.told
    );

    let none = search(&viewer, "/events/search?q=data.n+%3D+-1&queue=email/v1").await;
    assert!(none.found.is_empty());
    assert!(none.told.starts_with("0 found."), "{}", none.told);
}

#[tokio::test]
async fn a_full_page_goes_on_behind_its_last_job_while_jobs_come_and_go() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let viewer = app.viewer().await;
    seed(&mut jobs, "email/v1", "failed", 250).await;

    let first = search(&viewer, "/events/search?q=name+%3D+even&queue=email/v1").await;
    assert_eq!(first.found.len(), 100);
    assert!(first.told.contains("This page is full"), "{}", first.told);
    // What was shown last goes, what was shown first too, and others come to the end that was passed.
    for id in [&first.ids()[99], &first.ids()[0]] {
        jobs.run::<()>(&["ZREM", "bull:email/v1:failed", id]).await;
    }
    jobs.failed("email/v1", "new", "{}").await;
    let rest = search(&viewer, &first.next_stream()).await;
    let mut all = [first.ids(), rest.ids()].concat();
    assert_eq!(all.len(), 125);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 125, "no job is found twice");
    assert!(rest.told.contains("Looked at 250 of"), "{}", rest.told);
    assert_eq!(rest.next, None);
}

#[tokio::test]
async fn a_stream_that_broke_off_goes_on_behind_what_it_sent() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let viewer = app.viewer().await;
    seed(&mut jobs, "email/v1", "failed", 5_000).await;
    let address = "/events/search?q=data.n+%3C+60&queue=email/v1";

    let mut whole = Ended::default();
    let mut listening = Listening::at(&viewer, address).await;
    let first = listening.until("the first rows", |event| {
        event.part("search-rows").is_some()
    });
    let first = first.await;
    drop(listening);
    add(&mut whole, &first);
    let rest = rest_of(Listening::resume(&viewer, address, &first.id).await).await;
    let mut ids = [whole.ids(), rest.ids()].concat();
    assert_eq!(ids.len(), 59);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 59);
}

#[tokio::test]
async fn what_can_not_be_read_is_counted_and_large_data_is_searched() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let viewer = app.viewer().await;
    let large = |size: usize| format!(r#"{{"pad":"{}","n":1}}"#, "x".repeat(size));
    jobs.failed("email/v1", "plain", r#"{"n":1}"#).await;
    jobs.failed("email/v1", "broken", r#"{"n":1"#).await;
    jobs.failed("email/v1", "bytes", b"\xff\xfe\x00").await;
    jobs.failed("email/v1", "5mb", large(5_000_000)).await;
    jobs.failed("email/v1", "9mb", large(9_000_000)).await;
    jobs.failed("email/v1", "last", r#"{"n":1}"#).await;
    jobs.run::<()>(&["SET", "bull:email/v1:odd", "no hash"])
        .await;
    jobs.run::<()>(&["ZADD", "bull:email/v1:failed", "1", "odd"])
        .await;
    jobs.run::<()>(&["ZADD", "bull:email/v1:failed", "1", "gone"])
        .await;

    let found = search(&viewer, "/events/search?q=data.n+%3D+1&queue=email/v1").await;
    let mut ids = found.ids();
    ids.sort();
    assert_eq!(ids, ["5mb", "last", "plain"]);
    assert!(
        found
            .told
            .contains("2 jobs could not be searched: what the query asks about is not JSON"),
        "{}",
        found.told
    );
    assert!(
        found
            .told
            .contains("1 job could not be searched: what the query asks about has more than 8 MB"),
        "{}",
        found.told
    );
    assert!(
        found.told.contains("Looked at 8 of 8 jobs"),
        "{}",
        found.told
    );
}

#[tokio::test]
async fn a_search_in_all_queues_or_a_family_never_counts_a_hidden_one() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for queue in ["email/v1", "email/v2", "secret/v1"] {
        jobs.failed(queue, "1", r#"{"n":1}"#).await;
    }
    counted(&app, 3).await;
    let admin = app.admin().await;
    let scoped = app.scoped("sue", Role::Viewer, &["email/v2"]).await;

    let all = search(&admin, "/events/search?q=data.n+%3D+1").await;
    assert_eq!(all.found.len(), 3);
    assert!(
        all.told.contains("Looked at 3 of 3 jobs in 3 queues"),
        "{}",
        all.told
    );
    let family = search(&admin, "/events/search?q=data.n+%3D+1&family=email").await;
    assert_eq!(family.found.len(), 2);

    for place in ["", "&family=email", "&queue=email/v2"] {
        let address = format!("/events/search?q=data.n+%3D+1{place}");
        let seen = search(&scoped, &address).await;
        assert_eq!(seen.found, ["/job?queue=email/v2&id=1"]);
        assert!(
            seen.told.contains("Looked at 1 of 1 jobs in 1 queue"),
            "{}",
            seen.told
        );
    }
    for place in [
        "queue=secret/v1",
        "family=secret",
        "queue=none",
        "family=none",
    ] {
        let refused = scoped
            .get(&format!("/events/search?q=data.n+%3D+1&{place}"))
            .await;
        assert_eq!(refused.status(), StatusCode::NOT_FOUND, "{place}");
    }
    // A place to go on in a hidden queue opens nothing.
    let after = r#"&after=%5B%22bull%22,%22secret/v1%22,%22failed%22,0,0,%5B%5D%5D"#;
    let beyond = search(&scoped, &format!("/events/search?q=data.n+%3D+1{after}")).await;
    assert!(beyond.found.is_empty(), "{beyond:?}");
}

#[tokio::test]
async fn a_faulty_query_or_place_is_refused_and_says_where() {
    let app = TestApp::start().await;
    let viewer = app.viewer().await;
    let refused = Seen::of(viewer.get("/events/search?q=data.n+%3D+").await).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(
        refused.text().contains("The query, at character"),
        "{}",
        refused.text()
    );
    let refused = Seen::of(viewer.get("/events/search?q=&after=nowhere").await).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(
        refused.text().contains("The place to go on"),
        "{}",
        refused.text()
    );
}

#[tokio::test]
async fn a_queue_that_can_not_be_read_keeps_no_other_from_being_searched() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", r#"{"n":1}"#).await;
    jobs.failed("email/v2", "1", r#"{"n":1}"#).await;
    counted(&app, 2).await;
    let admin = app.admin().await;
    jobs.run::<()>(&["DEL", "bull:email/v1:failed"]).await;
    jobs.run::<()>(&["SET", "bull:email/v1:failed", "odd"])
        .await;
    let found = search(&admin, "/events/search?q=data.n+%3D+1").await;
    assert_eq!(found.found, ["/job?queue=email/v2&id=1"]);
}

#[tokio::test]
async fn a_search_whose_redis_is_killed_keeps_what_it_found_and_says_so() {
    let mut app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let viewer = app.viewer().await;
    seed(&mut jobs, "email/v1", "failed", 100_000).await;
    let address = "/events/search?q=data.n+in+(1,+2,+99999,+100000)&queue=email/v1";
    let mut listening = Listening::at(&viewer, address).await;
    let first = listening.until("the first rows", |event| {
        event.part("search-rows").is_some()
    });
    let first = first.await;
    app.redis.kill();
    let mut ended = Ended::default();
    add(&mut ended, &first);
    let rest = rest_of(listening).await;
    assert!(!ended.found.is_empty());
    assert!(
        rest.told
            .contains("The search stopped. Redis does not answer"),
        "{}",
        rest.told
    );
    assert!(rest.next.is_some(), "it can be continued");
}
