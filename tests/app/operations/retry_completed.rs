//! Retrying a completed job, and clearing a job's log: what is stored, recorded and refused.

use bullkeeper_testkit::retry::{DATA, list, outcomes};
use bullkeeper_testkit::{Jobs, Person, Seen, TestApp};
use reqwest::StatusCode;

async fn operate(person: &Person, name: &str, id: &str, more: &[(&str, &str)]) -> Seen {
    let form = [
        &[("queue", "email/v1"), ("id", id), ("reason", "a test")],
        more,
    ]
    .concat();
    Seen::of(person.post(&format!("/job/{name}"), &form).await).await
}

/// A job that completed after two attempts.
async fn completed(jobs: &mut Jobs, id: &str) {
    jobs.failed("email/v1", id, DATA).await;
    let hash = format!("bull:email/v1:{id}");
    jobs.run::<u64>(&["HDEL", &hash, "failedReason"]).await;
    let fields = [
        "returnvalue",
        "{\"sent\":1}",
        "atm",
        "2",
        "ats",
        "2",
        "processedOn",
        "5",
    ];
    jobs.run::<u64>(&[&["HSET", hash.as_str()], &fields[..]].concat())
        .await;
    jobs.run::<u64>(&["ZREM", "bull:email/v1:failed", id]).await;
    jobs.run::<u64>(&["ZADD", "bull:email/v1:completed", "1000", id])
        .await;
}

#[tokio::test]
async fn a_completed_job_is_retried_with_its_attempts_kept_or_reset() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (id, attempts, left) in [("1", "keep", Some("2")), ("2", "reset", None)] {
        completed(&mut jobs, id).await;
        let retried = operate(&operator, "retry", id, &[("attempts", attempts)]).await;
        assert_eq!(retried.status, StatusCode::SEE_OTHER, "{}", retried.text());
        let hash = jobs.job_hash("email/v1", id).await;
        for gone in ["returnvalue", "finishedOn", "processedOn"] {
            assert!(!hash.contains_key(gone), "{gone}");
        }
        let kept = |name| hash.get(name).map(|bytes| String::from_utf8_lossy(bytes));
        assert_eq!(kept("atm").as_deref(), left);
        assert_eq!(kept("ats").as_deref(), left);
    }
    assert_eq!(list(&mut jobs, "email/v1", "wait").await, ["2", "1"]);
    assert_eq!(jobs.sorted("email/v1", "completed").await, []);
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(outcomes(&entries), [("job.retry", "applied"); 2]);
    for entry in entries {
        assert_eq!(
            (entry.get("state"), entry.get("reason")),
            ("completed", "a test")
        );
    }
}

#[tokio::test]
async fn a_completed_job_is_not_retried_with_one_click() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    completed(&mut jobs, "1").await;
    jobs.failed("email/v1", "2", DATA).await;
    let completed = operator.page("/job?queue=email%2Fv1&id=1").await;
    let button = "form[action='/job/retry'] button";
    assert!(completed.all(button).is_empty(), "a link asks first");
    assert_eq!(completed.all("a.btn[href^='/job/retry?']"), ["Retry"]);
    let failed = operator.page("/job?queue=email%2Fv1&id=2").await;
    assert_eq!(failed.all(button), ["Retry"]);
}

#[tokio::test]
async fn a_completed_job_that_a_worker_holds_or_that_waits_is_not_retried() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    completed(&mut jobs, "1").await;
    jobs.run::<()>(&["SET", "bull:email/v1:1:lock", "token"])
        .await;
    jobs.waiting("email/v1", "2", DATA).await;
    for (id, why) in [("1", "lock"), ("2", "waiting")] {
        let refused = operate(&operator, "retry", id, &[]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
        assert!(refused.text().contains(why), "{}", refused.text());
    }
    assert_eq!(jobs.sorted("email/v1", "completed").await.len(), 1);
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(outcomes(&entries), [("job.retry", "conflict"); 2]);
}

#[tokio::test]
async fn a_log_is_cleared_whole_or_but_for_its_newest_lines() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for id in ["1", "2"] {
        jobs.failed("email/v1", id, DATA).await;
        let log = format!("bull:email/v1:{id}:logs");
        jobs.run::<u64>(&["RPUSH", &log, "one", "two", "three"])
            .await;
    }
    let page = operator.page("/job?queue=email%2Fv1&id=1").await;
    let link = page.attributes("a[href^='/job/clear-log']", "href");
    let asked = operator.page(&link[0]).await;
    assert!(
        asked.text().contains("does not keep them"),
        "{}",
        asked.text()
    );
    assert_eq!(list(&mut jobs, "email/v1", "1:logs").await.len(), 3);

    let wrong = operate(&operator, "clear-log", "1", &[("keep", "some")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.attributes("#p-keep", "value"), ["some"]);
    assert_eq!(list(&mut jobs, "email/v1", "1:logs").await.len(), 3);

    let cleared = operate(&operator, "clear-log", "1", &[]).await;
    assert_eq!(cleared.status, StatusCode::SEE_OTHER, "{}", cleared.text());
    let page = operator.page(cleared.location()).await;
    assert!(page.text().contains("Log cleared"), "{}", page.text());
    assert!(
        page.all("a[href^='/job/clear-log']").is_empty(),
        "nothing is left to clear"
    );
    operate(&operator, "clear-log", "2", &[("keep", "2")]).await;
    assert_eq!(list(&mut jobs, "email/v1", "1:logs").await.len(), 0);
    assert_eq!(
        list(&mut jobs, "email/v1", "2:logs").await,
        ["two", "three"]
    );
    assert_eq!(jobs.data("email/v1", "1").await.unwrap(), DATA.as_bytes());
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(outcomes(&entries), [("job.clear-log", "applied"); 2]);
    let mut notes: Vec<&str> = entries.iter().map(|entry| entry.get("note")).collect();
    notes.sort_unstable();
    assert_eq!(
        notes,
        ["Newest lines to keep: 0", "Newest lines to keep: 2"]
    );
}

#[tokio::test]
async fn who_may_not_clear_a_log_is_offered_nothing_and_refused() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let (viewer, operator) = (app.viewer().await, app.operator().await);
    jobs.active("email/v1", "1", DATA).await;
    jobs.run::<u64>(&["RPUSH", "bull:email/v1:1:logs", "one"])
        .await;
    let page = viewer.page("/job?queue=email%2Fv1&id=1").await;
    assert!(page.all("a[href^='/job/clear-log']").is_empty());
    let refused = operate(&viewer, "clear-log", "1", &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let gone = operate(&operator, "clear-log", "none", &[]).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(list(&mut jobs, "email/v1", "1:logs").await, ["one"]);
    // A key that is not a log stays as it is.
    jobs.failed("email/v1", "2", DATA).await;
    jobs.run::<()>(&["SET", "bull:email/v1:2:logs", "not BullMQ"])
        .await;
    let odd = operate(&operator, "clear-log", "2", &[]).await;
    assert!(odd.status.is_server_error(), "{}", odd.status);
    let kept: String = jobs.run(&["GET", "bull:email/v1:2:logs"]).await;
    assert_eq!(kept, "not BullMQ");
    let applied = jobs.audit_of_jobs().await;
    assert!(
        applied
            .iter()
            .all(|entry| entry.get("outcome") != "applied")
    );
    let many = operator
        .get("/queue/operate?queue=email%2Fv1&state=active&operation=job.clear-log")
        .await;
    assert_eq!(many.status(), StatusCode::BAD_REQUEST, "one job at a time");
}
