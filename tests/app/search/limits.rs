//! How many searches run at once, and that each gives back what it took.

use bullkeeper_testkit::stream::Listening;
use bullkeeper_testkit::{Person, TestApp, eventually};
use futures::future::join_all;
use reqwest::{Response, StatusCode};

use super::{rest_of, search, seed};

/// A search that looks at many jobs and finds none.
const LONG: &str = "/events/search?q=data.n+%3D+-1&queue=email/v1";

async fn app_with_many_jobs() -> TestApp {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    seed(&mut jobs, "email/v1", "failed", 150_000).await;
    app
}

fn is_refused(answer: &Response) -> bool {
    let refusals = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::SERVICE_UNAVAILABLE,
    ];
    let is_refused = refusals.contains(&answer.status());
    assert_eq!(is_refused, answer.headers().contains_key("retry-after"));
    is_refused
}

#[tokio::test]
async fn one_person_has_four_searches_and_one_that_is_left_makes_room() {
    let app = app_with_many_jobs().await;
    let (viewer, operator) = (app.viewer().await, app.operator().await);
    let mut running = join_all((0..4).map(|_| Listening::at(&viewer, LONG))).await;
    let fifth = viewer.listen(LONG, None).await;
    assert_eq!(fifth.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(is_refused(&fifth));
    // Another person still searches.
    let other = search(&operator, "/events/search?q=data.n+%3D+5&queue=email/v1").await;
    assert_eq!(other.ids(), ["5"]);
    drop(running.pop());
    eventually("the place is free", || async {
        viewer.listen(LONG, None).await.status() == StatusCode::OK
    })
    .await;
    drop(running);
    let after = search(&viewer, "/events/search?q=data.n+%3D+5&queue=email/v1").await;
    assert_eq!(after.ids(), ["5"]);
}

#[tokio::test]
async fn of_fifty_searches_at_once_some_run_and_the_others_are_told_when_to_come_back() {
    let app = app_with_many_jobs().await;
    let scopes = ["ann", "bea", "cyd", "dan", "eve", "fay", "gus", "hal"];
    let mut people: Vec<Person> = vec![app.viewer().await, app.operator().await];
    for name in scopes {
        people.push(
            app.scoped(name, bullkeeper::domain::access::Role::Viewer, &["email/*"])
                .await,
        );
    }
    let asked = people
        .iter()
        .flat_map(|person| (0..5).map(move |_| person.listen(LONG, None)));
    let answers = join_all(asked).await;
    let (refused, running): (Vec<_>, Vec<_>) = answers.into_iter().partition(is_refused);
    assert!(
        refused.len() >= 10,
        "of five searches of one person four may run"
    );
    assert!(!running.is_empty());
    let ended = join_all(
        running
            .into_iter()
            .map(|answer| rest_of(Listening::to(answer))),
    )
    .await;
    for one in ended {
        assert!(
            one.told
                .starts_with("0 found. Looked at 150,000 of 150,000 jobs"),
            "{}",
            one.told
        );
    }
    let after = search(&people[0], "/events/search?q=data.n+%3D+5&queue=email/v1").await;
    assert_eq!(after.ids(), ["5"]);
}
