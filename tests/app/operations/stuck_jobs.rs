//! Failing and completing an active job that no worker holds: what is asked before, what becomes of it, what is recorded, and
//! what is refused.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::retry::{KEEPERS, keep_by, list, outcomes};
use bullkeeper_testkit::{Jobs, Person, Seen, TestApp};
use reqwest::StatusCode;

const DATA: &str = r#"{"to":"ann@example.com"}"#;

/// An active job without a lock.
async fn stuck(jobs: &mut Jobs, queue: &str, id: &str, options: &str) {
    jobs.waiting(queue, id, DATA).await;
    jobs.moves(queue, id, "wait", "active").await;
    let key = format!("bull:{queue}:{id}");
    jobs.run::<u64>(&["HSET", &key, "opts", options]).await;
}

async fn end(person: &Person, name: &str, queue: &str, id: &str, told: (&str, &str)) -> Seen {
    let form = [("queue", queue), ("id", id), ("reason", "a test"), told];
    Seen::of(person.post(&format!("/job/{name}"), &form).await).await
}

async fn field(jobs: &mut Jobs, job: &str, name: &str) -> Option<String> {
    jobs.run(&["HGET", &format!("bull:{job}"), name]).await
}

async fn ids(jobs: &mut Jobs, queue: &str, state: &str) -> Vec<String> {
    let found = jobs.sorted(queue, state).await;
    found.into_iter().map(|(id, _)| id).collect()
}

#[tokio::test]
async fn a_stuck_job_fails_for_good_whatever_attempts_it_has_left() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (keeper, fields, _) in KEEPERS {
        for paused in [false, true] {
            let queue = format!("{keeper}-{paused}/v1");
            stuck(&mut jobs, &queue, "1", r#"{"attempts":5}"#).await;
            keep_by(&mut jobs, &queue, fields, paused).await;
            let at = format!("queue={}&id=1", queue.replace('/', "%2F"));
            let page = operator.page(&format!("/job?{at}")).await;
            assert_eq!(page.attributes("a[href^='/job/fail']", "href").len(), 1);
            let asked = operator.page(&format!("/job/fail?{at}")).await;
            assert!(asked.text().contains("is refused when it ends"));

            let why = ("failed_reason", "the machine was lost");
            let failed = end(&operator, "fail", &queue, "1", why).await;
            assert_eq!(failed.status, StatusCode::SEE_OTHER, "{}", failed.text());
            let page = operator.page(failed.location()).await;
            assert!(page.text().contains("Job failed."), "{}", page.text());
            assert_eq!(ids(&mut jobs, &queue, "failed").await, ["1"], "{queue}");
            assert!(list(&mut jobs, &queue, "active").await.is_empty());
            let stored = field(&mut jobs, &format!("{queue}:1"), "failedReason").await;
            assert_eq!(stored.as_deref(), Some("the machine was lost"));
        }
    }
    for entry in jobs.audit_of_jobs().await {
        assert_eq!(
            (entry.get("action"), entry.get("outcome")),
            ("job.fail", "applied")
        );
        assert_eq!(
            (entry.get("state"), entry.get("reason")),
            ("active", "a test")
        );
        assert!(entry.get("note").contains("the machine was lost"));
    }
}

#[tokio::test]
async fn a_stuck_job_completes_with_the_typed_return_value_and_its_parent_goes_on() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    stuck(&mut jobs, "email/v1", "1", "{}").await;
    jobs.queue("orders", "bullmq:5.81.5").await;
    jobs.hash("orders", "p", b"{}").await;
    for command in [
        vec!["ZADD", "bull:orders:waiting-children", "1", "p"],
        vec!["SADD", "bull:orders:p:dependencies", "bull:email/v1:1"],
        vec!["HSET", "bull:email/v1:1", "parentKey", "bull:orders:p"],
    ] {
        jobs.run::<u64>(&command).await;
    }
    let wrong = end(
        &operator,
        "complete",
        "email/v1",
        "1",
        ("return_value", "{sent}"),
    )
    .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("is not JSON"), "{}", wrong.text());
    assert_eq!(list(&mut jobs, "email/v1", "active").await, ["1"]);

    let value = ("return_value", r#"{"sent": true}"#);
    let done = end(&operator, "complete", "email/v1", "1", value).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert_eq!(ids(&mut jobs, "email/v1", "completed").await, ["1"]);
    let returned = field(&mut jobs, "email/v1:1", "returnvalue").await;
    assert_eq!(returned.as_deref(), Some(value.1));
    assert_eq!(list(&mut jobs, "orders", "wait").await, ["p"]);
    let processed = field(&mut jobs, "orders:p:processed", "bull:email/v1:1").await;
    assert_eq!(processed.as_deref(), Some(value.1));
    assert_eq!(
        outcomes(&jobs.audit_of_jobs().await),
        [("job.complete", "applied")]
    );
}

#[tokio::test]
async fn a_job_that_a_worker_holds_is_never_ended() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    stuck(&mut jobs, "email/v1", "1", "{}").await;
    // The lock comes back after the page was opened.
    let asked = operator.page("/job/complete?queue=email%2Fv1&id=1").await;
    assert_eq!(asked.status, StatusCode::OK);
    jobs.run::<()>(&["SET", "bull:email/v1:1:lock", "token"])
        .await;
    let page = operator.page("/job?queue=email%2Fv1&id=1").await;
    for name in ["fail", "complete"] {
        let links = page.attributes(&format!("a[href^='/job/{name}']"), "href");
        assert!(links.is_empty(), "{links:?}");
        let refused = end(&operator, name, "email/v1", "1", ("failed_reason", "lost")).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
        assert!(refused.text().contains("lock"), "{}", refused.text());
    }
    assert_eq!(list(&mut jobs, "email/v1", "active").await, ["1"]);
    app.services.finish_audit().await;
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(
        outcomes(&entries),
        [("job.fail", "conflict"), ("job.complete", "conflict")]
    );
}

#[tokio::test]
async fn a_job_that_its_options_remove_goes_and_its_entry_keeps_its_data() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    stuck(&mut jobs, "email/v1", "1", r#"{"removeOnComplete":true}"#).await;
    stuck(&mut jobs, "email/v1", "2", r#"{"removeOnComplete":5}"#).await;
    for id in ["1", "2"] {
        let done = end(&operator, "complete", "email/v1", id, ("return_value", "")).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        let page = operator.page(done.location()).await;
        assert!(page.text().contains("Job completed."), "{}", page.text());
    }
    assert_eq!(field(&mut jobs, "email/v1:1", "data").await, None);
    assert_eq!(ids(&mut jobs, "email/v1", "completed").await, ["2"]);
    let entries = jobs.audit_of_jobs().await;
    let kept = entries
        .iter()
        .map(|entry| (entry.get("job"), entry.get("before_text")));
    let mut kept: Vec<_> = kept.collect();
    kept.sort_unstable();
    assert_eq!(kept, [("1", DATA), ("2", "")]);
}

#[tokio::test]
async fn a_job_is_not_ended_before_its_children_or_while_another_waits_for_its_end() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    stuck(&mut jobs, "email/v1", "1", "{}").await;
    jobs.run::<u64>(&["SADD", "bull:email/v1:1:dependencies", "bull:kids:1"])
        .await;
    let refused = end(
        &operator,
        "complete",
        "email/v1",
        "1",
        ("return_value", "1"),
    )
    .await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("children"), "{}", refused.text());

    stuck(&mut jobs, "email/v1", "2", "{}").await;
    jobs.run::<u64>(&["HSET", "bull:email/v1:2", "deid", "once"])
        .await;
    jobs.run::<u64>(&["HSET", "bull:email/v1:dn:once", "name", "next"])
        .await;
    let refused = end(
        &operator,
        "fail",
        "email/v1",
        "2",
        ("failed_reason", "lost"),
    )
    .await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.text().contains("deduplication id"),
        "{}",
        refused.text()
    );
    let mut active = list(&mut jobs, "email/v1", "active").await;
    active.sort();
    assert_eq!(active, ["1", "2"]);
}

#[tokio::test]
async fn a_scheduler_s_job_is_not_ended_before_its_next_one_is_made() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let id = "repeat:hourly:1700000000000";
    stuck(&mut jobs, "email/v1", id, r#"{"removeOnFail":true}"#).await;
    let key = format!("bull:email/v1:{id}");
    jobs.run::<u64>(&["HSET", &key, "rjk", "hourly"]).await;
    let next = async |jobs: &mut Jobs, due: &str| {
        let command = ["ZADD", "bull:email/v1:repeat", due, "hourly"];
        jobs.run::<u64>(&command).await
    };
    next(&mut jobs, "1700000000000").await;
    for (name, told) in [
        ("fail", ("failed_reason", "lost")),
        ("complete", ("return_value", "1")),
    ] {
        let refused = end(&operator, name, "email/v1", id, told).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        let text = refused.text();
        assert!(text.contains("its schedule would end"), "{text}");
        assert!(text.contains("Start a worker"), "{text}");
        assert!(text.contains("remove the scheduler"), "{text}");
    }
    assert_eq!(list(&mut jobs, "email/v1", "active").await, [id]);
    app.services.finish_audit().await;
    let refused = [("job.fail", "conflict"), ("job.complete", "conflict")];
    assert_eq!(outcomes(&jobs.audit_of_jobs().await), refused);

    next(&mut jobs, "1700003600000").await;
    let told = ("failed_reason", "lost");
    let failed = end(&operator, "fail", "email/v1", id, told).await;
    assert_eq!(failed.status, StatusCode::SEE_OTHER, "{}", failed.text());
    assert!(list(&mut jobs, "email/v1", "active").await.is_empty());
}

/// Makes `parent` the parent of a job, which waits for it.
async fn below(jobs: &mut Jobs, job: &str, parent: &str) {
    let (queue, id) = parent.split_once(':').unwrap();
    jobs.hash(queue, id, b"{}").await;
    let waiting = format!("bull:{queue}:waiting-children");
    jobs.run::<u64>(&["ZADD", &waiting, "1", id]).await;
    let dependencies = format!("bull:{parent}:dependencies");
    jobs.run::<u64>(&["SADD", &dependencies, &format!("bull:{job}")])
        .await;
    let (job, parent) = (format!("bull:{job}"), format!("bull:{parent}"));
    jobs.run::<u64>(&["HSET", &job, "parentKey", &parent]).await;
}

#[tokio::test]
async fn a_stuck_job_is_not_ended_by_who_may_not_change_the_jobs_above_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue("orders", "bullmq:6.7.0").await;
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    stuck(&mut jobs, "email/v1", "1", "{}").await;
    below(&mut jobs, "email/v1:1", "orders:p").await;
    let scoped = app.scoped("sam", Role::Operator, &["email/*"]).await;
    for (name, told) in [
        ("fail", ("failed_reason", "lost")),
        ("complete", ("return_value", "1")),
    ] {
        let refused = end(&scoped, name, "email/v1", "1", told).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
        let text = refused.text();
        assert!(text.contains("a queue that you may not change"), "{text}");
        assert!(!refused.body.contains("orders"), "{}", refused.body);
    }
    assert_eq!(list(&mut jobs, "email/v1", "active").await, ["1"]);
    app.services.finish_audit().await;
    let refused = [("job.fail", "conflict"), ("job.complete", "conflict")];
    assert_eq!(outcomes(&jobs.audit_of_jobs().await), refused);

    let operator = app.operator().await;
    let told = ("return_value", "1");
    let done = end(&operator, "complete", "email/v1", "1", told).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert_eq!(list(&mut jobs, "orders", "wait").await, ["p"]);
    let entry = jobs.audit_of_jobs().await.pop().unwrap();
    assert!(entry.get("note").contains("its parent: job p"), "{entry:?}");
    assert_eq!(entry.get("other_queue"), "orders");
    // Who may not see the parent's queue reads of none.
    let log = scoped.page("/audit").await;
    assert!(!log.body.contains("orders"), "{}", log.body);
}

#[tokio::test]
async fn all_jobs_that_bullmq_4_would_fail_with_a_stuck_one_have_to_be_in_scope() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    stuck(&mut jobs, "email/v1", "1", "{}").await;
    for queue in ["email/v1", "email/v2", "orders"] {
        jobs.queue(queue, "bullmq:4.18.3").await;
    }
    below(&mut jobs, "email/v1:1", "email/v2:p").await;
    below(&mut jobs, "email/v2:p", "orders:top").await;
    let scoped = app.scoped("sam", Role::Operator, &["email/*"]).await;
    let told = ("failed_reason", "lost");
    let refused = end(&scoped, "fail", "email/v1", "1", told).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    assert_eq!(list(&mut jobs, "email/v1", "active").await, ["1"]);
    // What is only told the nearest one needs no right to the top.
    let told = ("return_value", "1");
    let done = end(&scoped, "complete", "email/v1", "1", told).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
}

#[tokio::test]
async fn a_job_that_bullmq_4_takes_just_now_is_not_ended() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    stuck(&mut jobs, "email/v1", "1", "{}").await;
    jobs.queue("email/v1", "bullmq:4.18.3").await;
    // Workers move it to the active ones and count an attempt, and each attempt fails at once.
    let told = ("failed_reason", "lost");
    let mut taking = app.jobs().await;
    let taken = async {
        loop {
            let attempt = ["HINCRBY", "bull:email/v1:1", "attemptsMade", "1"];
            taking.run::<u64>(&attempt).await;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let refused = tokio::select! {
        refused = end(&operator, "fail", "email/v1", "1", told) => refused,
        () = taken => unreachable!("it goes on for ever"),
    };
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    assert_eq!(list(&mut jobs, "email/v1", "active").await, ["1"]);
    app.services.finish_audit().await;
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(outcomes(&entries), [("job.fail", "conflict")]);
    assert!(entries[0].get("error").contains("just now"), "{entries:?}");
    // Nobody takes it any more.
    let failed = end(&operator, "fail", "email/v1", "1", told).await;
    assert_eq!(failed.status, StatusCode::SEE_OTHER, "{}", failed.text());
}

#[tokio::test]
async fn what_redact_hides_is_not_in_the_entry_of_a_completed_job() {
    let app = TestApp::with(&[("redact", "password")]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    stuck(&mut jobs, "email/v1", "1", "{}").await;
    let value = ("return_value", r#"{"password": "open sesame"}"#);
    let done = end(&operator, "complete", "email/v1", "1", value).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let entries = jobs.audit_of_jobs().await;
    assert!(
        !entries[0].get("note").contains("sesame"),
        "{}",
        entries[0].get("note")
    );
}
