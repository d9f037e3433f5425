//! Repeated events do not fill the audit log, and none of them is lost.

use reqwest::StatusCode;

use bullkeeper_testkit::{AuditEntry, Jobs, PASSWORD, Person, Seen, TestApp, times};

async fn refusals_of(jobs: &mut Jobs, actor: &str) -> Vec<AuditEntry> {
    let mut entries = jobs.audit().await;
    entries.retain(|entry| entry.get("actor") == actor && entry.get("outcome") == "denied");
    entries
}

async fn try_retry(person: &Person, id: u32) -> StatusCode {
    let form = [("queue", "email/v2"), ("id", &id.to_string())];
    person.post("/job/retry", &form).await.status()
}

#[tokio::test]
async fn two_thousand_refused_requests_are_a_few_entries_that_count_them_all() {
    let mut app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", "{}").await;
    let (viewer, other) = (app.viewer().await, app.stranger());
    assert_eq!(other.sign_in("viewer", PASSWORD).await.status(), 303);
    let mut too_many = 0;
    for n in 0..2_000 {
        // Half of them repeat one request, half are of ever new kinds.
        let id = if n % 2 == 0 { 1 } else { n };
        match try_retry(&viewer, id).await {
            StatusCode::FORBIDDEN => {}
            StatusCode::TOO_MANY_REQUESTS => too_many += 1,
            status => panic!("{status}"),
        }
    }
    assert!(too_many > 1_500, "{too_many}");
    app.end().await;
    let entries = refusals_of(&mut jobs, "viewer").await;
    assert!(entries.len() <= 100, "{} entries", entries.len());
    assert_eq!(times(&entries), 2_000);
    let repeats = entries
        .iter()
        .find(|entry| entry.get("job") == "1" && !entry.get("count").is_empty());
    let repeats = repeats.unwrap();
    assert_eq!(repeats.get("action"), "job.retry");
    assert!(repeats.get("first") < repeats.get("last"), "{repeats:?}");
}

#[tokio::test]
async fn the_refusals_of_others_are_recorded_each_while_one_floods() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let viewer = app.viewer().await;
    let role = bullkeeper::domain::access::Role::Viewer;
    let other = app.scoped("other", role, &["*"]).await;
    for n in 0..300 {
        try_retry(&viewer, n).await;
        if n % 30 == 0 {
            assert_eq!(try_retry(&other, n).await, StatusCode::FORBIDDEN);
        }
    }
    let entries = refusals_of(&mut jobs, "other").await;
    let of: Vec<&str> = entries.iter().map(|entry| entry.get("job")).collect();
    let expected = [
        "0", "30", "60", "90", "120", "150", "180", "210", "240", "270",
    ];
    assert_eq!(of, expected);
    assert!(entries.iter().all(|entry| entry.times() == 1));
}

#[tokio::test]
async fn whoever_is_past_the_rate_is_told_when_to_come_back_and_not_what_there_is() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("billing", "1", "{}").await;
    let role = bullkeeper::domain::access::Role::Operator;
    let clerk = app.scoped("clerk", role, &["email/*"]).await;
    let ask = |queue: String| {
        let clerk = clerk.clone();
        async move {
            let form = [("queue", queue.as_str()), ("id", "1")];
            Seen::of(clerk.post("/job/retry", &form).await).await
        }
    };
    for (hidden, missing) in [("billing", "nothing-1"), ("billing", "nothing-2")] {
        let (hidden, missing) = (ask(hidden.into()).await, ask(missing.into()).await);
        assert_eq!(
            (hidden.status, missing.status),
            (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
        );
    }
    for n in 0..40 {
        ask(format!("else-{n}")).await;
    }
    for queue in ["billing", "nothing-1", "nothing-9"] {
        let seen = ask(queue.into()).await;
        assert_eq!(seen.status, StatusCode::TOO_MANY_REQUESTS);
        let wait: u64 = seen.headers["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..=4).contains(&wait), "{wait}");
        assert!(!seen.text().contains(queue), "{}", seen.text());
    }
    assert_eq!(
        clerk.get("/").await.status(),
        StatusCode::OK,
        "what is allowed still is"
    );
}

#[tokio::test]
async fn invalid_edits_again_and_again_are_one_entry_and_each_is_answered() {
    let mut app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", "{}").await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    let form = form.set("text", "{").set("reason", "r");
    for _ in 0..150 {
        let seen = operator.send("/job/save", &form).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(seen.body.contains("{</textarea>"), "the text survives");
    }
    app.end().await;
    let entries = jobs.audit_of_jobs().await;
    assert!(entries.len() <= 4, "{} entries", entries.len());
    assert_eq!(times(&entries), 150);
    assert!(
        entries
            .iter()
            .all(|entry| entry.get("outcome") == "invalid")
    );
}

#[tokio::test]
async fn the_page_and_the_export_say_how_often_and_from_when_to_when() {
    let app = TestApp::start().await;
    let viewer = app.viewer().await;
    for _ in 0..5 {
        try_retry(&viewer, 1).await;
    }
    app.services.finish_audit().await;
    let admin = app.admin().await;
    let page = admin.page("/audit?outcome=denied").await;
    let rows = page.all("tbody tr");
    assert!(
        rows.iter().any(|row| row.contains("denied 4 times, ")),
        "{rows:?}"
    );
    let lines = admin.get("/audit/export?format=jsonl&outcome=denied").await;
    let lines = lines.text().await.unwrap();
    assert!(
        lines.contains(r#""count":"4""#) && lines.contains(r#""first":"20"#),
        "{lines}"
    );
}
