//! Retrying a whole flow: what is shown before, in which order its failed jobs are retried, and what is left alone.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::retry::list;
use bullkeeper_testkit::{Jobs, Person, Seen, TestApp};
use reqwest::StatusCode;

const RETRY: &str = "/job/flow/retry?queue=orders&id=p";

/// A failed parent, of which one child has failed it, one waits, and one was ignored.
async fn flow(jobs: &mut Jobs) {
    jobs.failed("orders", "p", r#"{"order":1}"#).await;
    jobs.failed("parts", "a", "{}").await;
    jobs.waiting("parts", "b", "{}").await;
    jobs.failed("labels", "c", "{}").await;
    for (child, list) in [
        ("parts:a", "unsuccessful"),
        ("parts:b", "dependencies"),
        ("labels:c", "failed"),
    ] {
        let (key, child) = (format!("bull:orders:p:{list}"), format!("bull:{child}"));
        let add = match list {
            "unsuccessful" => vec!["ZADD", &key, "1", &child],
            "dependencies" => vec!["SADD", &key, &child],
            _ => vec!["HSET", &key, &child, "it failed"],
        };
        jobs.run::<u64>(&add).await;
        jobs.run::<u64>(&["HSET", &child, "parentKey", "bull:orders:p"])
            .await;
    }
}

async fn retry(person: &Person, reason: &str) -> Seen {
    let form = [("queue", "orders"), ("id", "p"), ("reason", reason)];
    let answer = Seen::of(person.post("/job/flow/retry", &form).await).await;
    if answer.status != StatusCode::SEE_OTHER {
        return answer;
    }
    // The flow's page says it, so that reloading it retries nothing.
    let flow = "/job/flow?queue=orders&id=p";
    assert_eq!(answer.location(), flow);
    let told = person.page(flow).await;
    assert_eq!(told.all("#told").len(), 1, "{}", told.text());
    assert!(person.page(flow).await.all("#told").is_empty());
    told
}

async fn ids(jobs: &mut Jobs, queue: &str, state: &str) -> Vec<String> {
    let found = jobs.sorted(queue, state).await;
    found.into_iter().map(|(id, _)| id).collect()
}

#[tokio::test]
async fn the_failed_jobs_of_a_flow_are_retried_and_a_parent_waits_for_its_children_again() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    flow(&mut jobs).await;
    let page = operator.page("/job/flow?queue=parts&id=a").await;
    let link = page.attributes("a[href^='/job/flow/retry']", "href");
    assert_eq!(link, ["/job/flow/retry?queue=parts&id=a"]);
    let links = page.attributes("a[href^='/job/remove-with-children']", "href");
    assert_eq!(links, ["/job/remove-with-children?queue=orders&id=p"]);
    let asked = operator.page(&link[0]).await;
    assert!(
        asked.text().contains("Will be retried: 3"),
        "{}",
        asked.text()
    );

    let too_long = retry(&operator, &"x".repeat(3_000)).await;
    assert_eq!(too_long.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ids(&mut jobs, "orders", "failed").await, ["p"]);

    let done = retry(&operator, "a test").await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert!(done.text().contains("Retried: 3"), "{}", done.text());
    assert_eq!(ids(&mut jobs, "orders", "waiting-children").await, ["p"]);
    assert!(list(&mut jobs, "orders", "wait").await.is_empty());
    assert_eq!(list(&mut jobs, "parts", "wait").await, ["a", "b"]);
    assert_eq!(list(&mut jobs, "labels", "wait").await, ["c"]);
    let awaited: u64 = jobs.run(&["SCARD", "bull:orders:p:dependencies"]).await;
    assert_eq!(awaited, 3);

    let entries = jobs.audit_of_jobs().await;
    let order: Vec<&str> = entries.iter().map(|entry| entry.get("job")).collect();
    assert_eq!(order, ["c", "a", "p"], "children before their parents");
    for entry in &entries {
        assert_eq!(entry.get("action"), "job.retry");
        assert_eq!(
            (entry.get("outcome"), entry.get("reason")),
            ("applied", "a test")
        );
        assert_eq!(entry.get("run"), entries[0].get("run"));
        assert!(
            entry.get("note").contains("flow of job p"),
            "{}",
            entry.get("note")
        );
    }
    assert!(!entries[0].get("run").is_empty());
    let log = operator.page("/audit").await;
    assert!(log.text().contains("3 entries"), "{}", log.text());
    // Who may not see the queue of another job of the flow does not read its name there.
    let scoped = app.scoped("pat", Role::Operator, &["parts"]).await;
    for path in ["/audit", "/audit/export?format=jsonl"] {
        let page = scoped.page(path).await;
        assert!(!page.body.contains("orders"), "{path}: {}", page.body);
    }
}

#[tokio::test]
async fn a_child_that_is_held_or_may_not_be_changed_keeps_its_parent_from_being_retried() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    flow(&mut jobs).await;
    jobs.run::<()>(&["SET", "bull:parts:a:lock", "token"]).await;
    let operator = app.operator().await;
    let done = retry(&operator, "").await;
    assert!(done.text().contains("Retried: 1"), "{}", done.text());
    assert!(done.text().contains("held by a worker"), "{}", done.text());
    assert!(
        done.text().contains("has a failed child"),
        "{}",
        done.text()
    );
    assert_eq!(ids(&mut jobs, "orders", "failed").await, ["p"]);
    assert_eq!(ids(&mut jobs, "parts", "failed").await, ["a"]);
    // Jobs that are hidden from someone are neither named nor retried.
    let scoped = app.scoped("sam", Role::Operator, &["orders"]).await;
    let done = retry(&scoped, "").await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(!done.text().contains("parts"), "{}", done.text());
    assert_eq!(ids(&mut jobs, "parts", "failed").await, ["a"]);
    assert_eq!(ids(&mut jobs, "orders", "failed").await, ["p"]);
}

#[tokio::test]
async fn a_failed_child_stays_whose_parent_has_gone_on_without_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    flow(&mut jobs).await;
    jobs.run::<u64>(&["ZREM", "bull:orders:failed", "p"]).await;
    jobs.run::<u64>(&["LPUSH", "bull:orders:active", "p"]).await;
    let asked = operator.page(RETRY).await;
    assert!(
        asked.text().contains("has gone on without it"),
        "{}",
        asked.text()
    );
    retry(&operator, "").await;
    assert_eq!(ids(&mut jobs, "labels", "failed").await, ["c"]);
    assert_eq!(ids(&mut jobs, "parts", "failed").await, ["a"]);
    assert!(jobs.audit_of_jobs().await.is_empty());
}

#[tokio::test]
async fn a_job_of_a_queue_that_can_not_be_changed_is_skipped_with_its_reason_and_the_others_are_retried()
 {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    flow(&mut jobs).await;
    // The list that the first job would join is no list.
    jobs.run::<()>(&["SET", "bull:labels:wait", "odd"]).await;
    let done = retry(&operator, "").await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    let text = done.text();
    assert!(text.contains("Retried: 2"), "{text}");
    assert!(
        text.contains("a key in Redis has another type than it should have"),
        "{text}"
    );
    assert!(!text.contains("not tried"), "{text}");
    assert_eq!(ids(&mut jobs, "labels", "failed").await, ["c"]);
    assert_eq!(list(&mut jobs, "parts", "wait").await, ["a", "b"]);
    assert_eq!(ids(&mut jobs, "orders", "waiting-children").await, ["p"]);
}

#[tokio::test]
async fn no_further_job_of_a_flow_is_tried_once_redis_refuses_one() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    flow(&mut jobs).await;
    jobs.run::<()>(&["ACL", "SETUSER", "default", "-xadd"])
        .await;
    let done = retry(&operator, "").await;
    jobs.run::<()>(&["ACL", "SETUSER", "default", "+xadd"])
        .await;
    let text = done.text();
    assert!(text.contains("Retried: 0"), "{text}");
    assert!(
        text.contains("refused: Bullkeeper's Redis user may not do this"),
        "{text}"
    );
    assert_eq!(text.matches("not tried").count(), 2, "{text}");
    assert_eq!(ids(&mut jobs, "labels", "failed").await, ["c"]);
    assert_eq!(ids(&mut jobs, "parts", "failed").await, ["a"]);
}
