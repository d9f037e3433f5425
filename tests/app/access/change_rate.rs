//! How many changes one person may make in a minute: who is past it is told so, keeps what was typed, and nothing is changed.

use bullkeeper_testkit::moves::{state_of, until};
use bullkeeper_testkit::{AuditEntry, EditForm, Jobs, Person, Seen, TestApp, eventually, times};
use reqwest::StatusCode;

/// An application where one person may make one change a minute, and failed jobs of `email/v2` with these ids.
async fn one_a_minute(ids: &[&str]) -> (TestApp, Jobs) {
    let app = TestApp::with(&[("changes_per_minute", "1")]).await;
    let mut jobs = app.jobs().await;
    for id in ids {
        jobs.failed("email/v2", id, r#"{"a":1}"#).await;
    }
    (app, jobs)
}

async fn retry(person: &Person, id: &str) -> Seen {
    let form = [
        ("queue", "email/v2"),
        ("id", id),
        ("reason", "mended by hand"),
    ];
    Seen::of(person.post("/job/retry", &form).await).await
}

/// The answer says that it was too much, and when to come back.
fn assert_too_many(page: &Seen) {
    assert_eq!(
        page.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{}",
        page.text()
    );
    let wait = page.headers["retry-after"].to_str().unwrap();
    let wait: u64 = wait.parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    let told = page.text();
    for part in [
        "Too many changes",
        "in a minute: 1 (setting changes_per_minute)",
        "Try again in",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

/// Uses up the one change.
async fn use_up(person: &Person, id: &str) {
    let first = retry(person, id).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text());
}

async fn denied(app: &TestApp, jobs: &mut Jobs) -> Vec<AuditEntry> {
    app.services.finish_audit().await;
    let mut entries = jobs.audit().await;
    entries.retain(|entry| entry.get("outcome") == "denied");
    entries
}

#[tokio::test]
async fn an_edit_past_the_limit_keeps_the_text_and_changes_nothing() {
    let (app, mut jobs) = one_a_minute(&["1", "2"]).await;
    let (operator, admin) = (app.operator().await, app.admin().await);
    let form = operator.edit("email/v2", "2").await;
    let form = form
        .set("text", r#"{"a":"typed"}"#)
        .set("reason", "why-typed");
    use_up(&operator, "1").await;

    let page = operator.send("/job/save", &form).await;
    assert_too_many(&page);
    for typed in ["{&#34;a&#34;:&#34;typed&#34;}", "why-typed"] {
        assert!(page.body.contains(typed), "{typed} in {}", page.body);
    }
    assert_eq!(jobs.data("email/v2", "2").await.unwrap(), br#"{"a":1}"#);
    let part = [("queue", "email/v2"), ("id", "2"), ("reason", "why-typed")];
    let page = Seen::of(operator.post("/job/remove", &part).await).await;
    assert_too_many(&page);
    assert!(page.body.contains("why-typed"), "{}", page.body);

    // What changes nothing is not counted, and neither is what others do.
    let reviewed = operator.send("/job/review", &form).await;
    assert_eq!(reviewed.status, StatusCode::OK, "{}", reviewed.text());
    operator.page("/queue?queue=email/v2&state=failed").await;
    use_up(&admin, "2").await;
}

#[tokio::test]
async fn refused_changes_are_one_entry_and_one_that_counts_the_others() {
    let ids: Vec<String> = (1..=40).map(|id| id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let (app, mut jobs) = one_a_minute(&ids).await;
    let operator = app.operator().await;
    use_up(&operator, "1").await;
    for id in &ids[1..] {
        assert_too_many(&retry(&operator, id).await);
    }
    let entries = denied(&app, &mut jobs).await;
    assert_eq!((entries.len(), times(&entries)), (2, 39), "{entries:?}");
    assert_eq!((entries[0].get("job"), entries[1].get("job")), ("2", ""));
    for entry in &entries {
        assert_eq!(entry.get("actor"), "operator");
        assert_eq!(entry.get("action"), "job.retry");
        assert_eq!(
            entry.get("error"),
            "the setting changes_per_minute (1) is used up"
        );
    }
    let failed: u64 = jobs.run(&["ZCARD", "bull:email/v2:failed"]).await;
    assert_eq!(failed, 39);
}

#[tokio::test]
async fn what_one_request_does_to_many_is_one_change_and_so_is_a_run() {
    let (app, mut jobs) = one_a_minute(&["1"]).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    let form = form.set("text", r#"{"a":2}"#).set("reason", "r");
    let saved = operator.send("/job/save", &form.set("then", "retry")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let waiting: Vec<String> = jobs.run(&["LRANGE", "bull:email/v2:wait", "0", "-1"]).await;
    assert_eq!(waiting, ["1"], "saved and retried");

    for id in 2..42 {
        jobs.failed("email/v2", &id.to_string(), "{}").await;
    }
    let all = "/queue/operate?queue=email%2Fv2&state=failed&operation=job.retry";
    let admin = app.admin().await;
    let form = EditForm::of(&admin.page(all).await, "/queue/operate");
    let form = form.set("confirm", "1").set("reason", "why-typed");
    let begun = Seen::of(admin.post("/queue/operate", &form.pairs()).await).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    // A run may be stopped, however many changes were made.
    let run = begun.location();
    let id = run.rsplit('=').next().unwrap();
    let stopped = Seen::of(admin.post("/run/stop", &[("id", id)]).await).await;
    assert_ne!(
        stopped.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{}",
        stopped.text()
    );
    eventually("it has ended", || async {
        let state = state_of(&admin, run).await;
        state.contains("done") || state.contains("stopped")
    })
    .await;
    if state_of(&admin, run).await.contains("done") {
        until(&admin, run, "done").await;
        let failed: u64 = jobs.run(&["ZCARD", "bull:email/v2:failed"]).await;
        assert_eq!(failed, 0, "the jobs of a run are not counted");
    }
    jobs.failed("email/v2", "50", "{}").await;
    let again = Seen::of(admin.post("/queue/operate", &form.pairs()).await).await;
    assert_too_many(&again);
    assert!(again.body.contains("why-typed"), "{}", again.body);
}

#[tokio::test]
async fn many_queues_at_once_are_one_change_and_are_refused_as_one() {
    let (app, mut jobs) = one_a_minute(&["1"]).await;
    for queue in ["email/v1", "email/v3"] {
        jobs.queue(queue, "bullmq:6.7.0").await;
    }
    let admin = app.admin().await;
    let pause = "/queues/change?operation=queue.pause&name=email";
    let names = ["email/v1", "email/v2", "email/v3"];
    let page = eventually_of_all(&admin, pause, &names).await;
    let form = EditForm::of(&page, "/queues/change");
    let form = form.set("confirm", "1").set("reason", "why-typed");
    let done = Seen::of(admin.post("/queues/change", &form.pairs()).await).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    for name in names {
        let meta = format!("bull:{name}:meta");
        let paused: u64 = jobs.run(&["HEXISTS", &meta, "paused"]).await;
        assert_eq!(paused, 1, "{name}");
        jobs.run::<u64>(&["HDEL", &meta, "paused"]).await;
    }
    let again = Seen::of(admin.post("/queues/change", &form.pairs()).await).await;
    assert_eq!(
        again.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{}",
        again.text()
    );
    assert!(again.body.contains("why-typed"), "{}", again.body);
    let paused: u64 = jobs.run(&["HEXISTS", "bull:email/v1:meta", "paused"]).await;
    assert_eq!(paused, 0);
}

/// The page, once it names all of the queues.
async fn eventually_of_all(person: &Person, path: &str, names: &[&str]) -> Seen {
    eventually("the queues are found", || async {
        let seen = Seen::of(person.get(path).await).await;
        names.iter().all(|name| seen.text().contains(name))
    })
    .await;
    person.page(path).await
}

#[tokio::test]
async fn the_limit_lets_go_bit_by_bit() {
    let app = TestApp::with(&[("changes_per_minute", "30")]).await;
    let mut jobs = app.jobs().await;
    for id in 1..=100 {
        jobs.failed("email/v2", &id.to_string(), "{}").await;
    }
    let operator = app.operator().await;
    let mut done = 0;
    while retry(&operator, &(done + 1).to_string()).await.status == StatusCode::SEE_OTHER {
        done += 1;
        assert!(done < 100, "there is no end");
    }
    assert!(done >= 30, "{done}");
    eventually("one more is allowed", || async {
        retry(&operator, &(done + 1).to_string()).await.status == StatusCode::SEE_OTHER
    })
    .await;
}
