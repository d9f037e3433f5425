//! Moving jobs between versions: the form, the run, and its result.

use std::time::{Duration, Instant};

use reqwest::StatusCode;

use crate::{EditForm, Jobs, Person, Seen, TestApp, eventually};

/// The form of a move from v1 to v2 of `email`, as the dry run sends it on.
pub fn wish<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("name", "email"),
        ("from", "email/v1"),
        ("to", "email/v2"),
        ("waiting", "1"),
        ("prioritized", "1"),
        ("delayed", "1"),
        ("reason", "v1 goes away"),
        ("confirm", "1"),
    ];
    form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    form.extend_from_slice(more);
    form
}

/// Asks for the dry run.
pub async fn review(person: &Person, more: &[(&str, &str)]) -> Seen {
    Seen::of(person.post("/family/move/review", &wish(more)).await).await
}

/// Sends the move, whatever comes of it.
pub async fn try_begin(person: &Person, more: &[(&str, &str)]) -> Seen {
    Seen::of(person.post("/family/move", &wish(more)).await).await
}

/// Begins a move; the address of its run.
pub async fn begin(person: &Person, more: &[(&str, &str)]) -> String {
    let answer = try_begin(person, more).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer.location().to_owned()
}

/// The state that a run's page shows.
pub async fn state_of(person: &Person, run: &str) -> String {
    person.page(run).await.all("#run .chip").join(" ")
}

/// How long many jobs may take to move on a machine that runs other tests beside this one.
const PATIENCE: Duration = Duration::from_secs(100);

/// Waits until the run's page shows `state`; the page.
pub async fn until(person: &Person, run: &str, state: &str) -> Seen {
    let began = Instant::now();
    while state_of(person, run).await != state {
        assert!(began.elapsed() < PATIENCE, "{run} is never {state}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    person.page(run).await
}

/// Moves to the end; the run's page.
pub async fn moved(person: &Person, more: &[(&str, &str)]) -> Seen {
    let run = begin(person, more).await;
    let began = Instant::now();
    while !["done", "nothing moved"].contains(&state_of(person, &run).await.as_str()) {
        assert!(began.elapsed() < PATIENCE, "{run} never ends");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    person.page(&run).await
}

/// Presses a button of a run's page.
pub async fn press(person: &Person, run: &str, action: &str) {
    let page = person.page(run).await;
    let form = EditForm::of(&page, action);
    let answer = Seen::of(person.post(action, &form.pairs()).await).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
}

/// An application with an empty v2 beside what a test puts into v1.
pub async fn two_versions() -> (TestApp, Jobs, Person) {
    two_versions_with(&[]).await
}

/// The same with settings over the defaults.
pub async fn two_versions_with(settings: &[(&str, &str)]) -> (TestApp, Jobs, Person) {
    // A machine that runs other tests beside this one may be slow.
    let app = TestApp::with(&[&[("redis_timeout", "15s")], settings].concat()).await;
    let mut jobs = app.jobs().await;
    for queue in ["email/v1", "email/v2"] {
        jobs.queue(queue, "bullmq:6.7.0").await;
    }
    let admin = app.admin().await;
    eventually("both versions are known", || async {
        let page = Seen::of(admin.get("/family/move?name=email").await).await;
        page.all("#from option").len() == 2
    })
    .await;
    (app, jobs, admin)
}
