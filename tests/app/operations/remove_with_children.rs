//! Removing a job with the jobs below it: what is shown before, what goes, what is recorded, and what is refused.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::retry::list;
use bullkeeper_testkit::{Jobs, Person, Seen, TestApp};
use reqwest::StatusCode;

/// A parent that waits for a waiting child, and has a completed child with a failed one of its own.
async fn family(jobs: &mut Jobs) {
    jobs.queue("orders", "bullmq:6.7.0").await;
    jobs.hash("orders", "p", br#"{"order":1}"#).await;
    jobs.run::<u64>(&["ZADD", "bull:orders:waiting-children", "1", "p"])
        .await;
    jobs.waiting("email/v1", "a", r#"{"n":"a"}"#).await;
    jobs.waiting("email/v1", "b", r#"{"n":"b"}"#).await;
    jobs.moves("email/v1", "b", "wait", "completed").await;
    jobs.failed("kids", "c", r#"{"n":"c"}"#).await;
    for (parent, kind, child) in [
        ("orders:p", "dependencies", "email/v1:a"),
        ("orders:p", "processed", "email/v1:b"),
        ("email/v1:b", "unsuccessful", "kids:c"),
    ] {
        let (key, child) = (format!("bull:{parent}:{kind}"), format!("bull:{child}"));
        let add: Vec<&str> = match kind {
            "dependencies" => vec!["SADD", &key, &child],
            "processed" => vec!["HSET", &key, &child, "1"],
            _ => vec!["ZADD", &key, "1", &child],
        };
        jobs.run::<u64>(&add).await;
        let parent = format!("bull:{parent}");
        jobs.run::<u64>(&["HSET", &child, "parentKey", &parent])
            .await;
    }
}

async fn remove(person: &Person) -> Seen {
    let form = [("queue", "orders"), ("id", "p"), ("reason", "a test")];
    Seen::of(person.post("/job/remove-with-children", &form).await).await
}

async fn all_keys(jobs: &mut Jobs) -> Vec<String> {
    let keys: Vec<String> = jobs.run(&["KEYS", "bull:*"]).await;
    keys.into_iter()
        .filter(|key| !key.ends_with(":meta") && !key.ends_with(":events") && !key.ends_with(":id"))
        .collect()
}

#[tokio::test]
async fn a_job_and_all_below_it_go_in_one_step_each_with_its_entry() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    family(&mut jobs).await;
    let page = operator.page("/job?queue=orders&id=p").await;
    let link = page.attributes("a[href^='/job/remove-with-children']", "href");
    let asked = operator.page(&link[0]).await;
    assert!(
        asked.text().contains("3 jobs go with it"),
        "{}",
        asked.text()
    );
    let rows = asked.all("tbody tr");
    for row in ["aemail/v1", "bemail/v1", "ckids"] {
        assert!(rows.iter().any(|text| text.starts_with(row)), "{rows:?}");
    }
    let before = all_keys(&mut jobs).await;
    assert!(!before.is_empty());

    let removed = remove(&operator).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER, "{}", removed.text());
    assert_eq!(all_keys(&mut jobs).await, Vec::<String>::new());
    let entries = jobs.audit_of_jobs().await;
    let mut kept: Vec<(&str, &str)> = entries
        .iter()
        .map(|entry| (entry.get("job"), entry.get("before_text")))
        .collect();
    kept.sort_unstable();
    assert_eq!(
        kept,
        [
            ("a", r#"{"n":"a"}"#),
            ("b", r#"{"n":"b"}"#),
            ("c", r#"{"n":"c"}"#),
            ("p", r#"{"order":1}"#)
        ]
    );
    for entry in &entries {
        assert_eq!(entry.get("action"), "job.remove-with-children");
        assert_eq!(
            (entry.get("outcome"), entry.get("reason")),
            ("applied", "a test")
        );
        let list = format!(
            "bullkeeper:audit:bull:{}:{}",
            entry.get("queue"),
            entry.get("job")
        );
        let length: u64 = jobs.run(&["LLEN", &list]).await;
        assert_eq!(length, 1, "{list}");
    }
}

#[tokio::test]
async fn nothing_goes_where_a_job_below_is_held_or_hidden_or_there_are_too_many() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    family(&mut jobs).await;
    jobs.run::<()>(&["SET", "bull:kids:c:lock", "token"]).await;
    let mut before = all_keys(&mut jobs).await;
    before.sort();
    let held = remove(&operator).await;
    assert_eq!(held.status, StatusCode::CONFLICT, "{}", held.text());
    assert!(held.text().contains("lock"), "{}", held.text());

    let scoped = app
        .scoped("sam", Role::Operator, &["orders", "email/*"])
        .await;
    let hidden = remove(&scoped).await;
    assert_eq!(hidden.status, StatusCode::CONFLICT, "{}", hidden.text());
    assert!(
        hidden.text().contains("queues that you may not change"),
        "{}",
        hidden.text()
    );
    assert!(
        !hidden.text().contains("kids"),
        "no queue is named that is hidden"
    );
    let asked = scoped
        .page("/job/remove-with-children?queue=orders&id=p")
        .await;
    assert!(asked.all("tbody tr").is_empty(), "{}", asked.text());
    let viewer = app.viewer().await;
    assert_eq!(remove(&viewer).await.status, StatusCode::FORBIDDEN);
    let mut after = all_keys(&mut jobs).await;
    after.sort();
    assert_eq!(after, before);

    jobs.run::<u64>(&["DEL", "bull:kids:c:lock"]).await;
    for n in 0..100 {
        let id = format!("x{n}");
        jobs.waiting("email/v1", &id, "{}").await;
        let child = format!("bull:email/v1:{id}");
        jobs.run::<u64>(&["SADD", "bull:orders:p:dependencies", &child])
            .await;
    }
    let many = remove(&operator).await;
    assert_eq!(many.status, StatusCode::CONFLICT, "{}", many.text());
    assert!(many.text().contains("at most 100"), "{}", many.text());
    assert_eq!(list(&mut jobs, "email/v1", "wait").await.len(), 101);
    app.services.finish_audit().await;
    let entries = jobs.audit_of_jobs().await;
    assert!(
        entries
            .iter()
            .all(|entry| entry.get("outcome") != "applied")
    );
}

#[tokio::test]
async fn a_parent_freed_by_a_removal_keeps_its_priority_and_its_delay_and_is_announced() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (parent, field, value) in [("urgent", "priority", "3"), ("later", "delay", "60000")] {
        jobs.queue("orders", "bullmq:6.7.0").await;
        jobs.hash("orders", parent, b"{}").await;
        let key = format!("bull:orders:{parent}");
        jobs.run::<u64>(&["HSET", &key, field, value]).await;
        jobs.run::<u64>(&["ZADD", "bull:orders:waiting-children", "1", parent])
            .await;
        jobs.waiting("email/v1", "child", "{}").await;
        let dependencies = format!("{key}:dependencies");
        jobs.run::<u64>(&["SADD", &dependencies, "bull:email/v1:child"])
            .await;
        jobs.run::<u64>(&["HSET", "bull:email/v1:child", "parentKey", &key])
            .await;
        let form = [("queue", "email/v1"), ("id", "child")];
        let removed = Seen::of(operator.post("/job/remove", &form).await).await;
        assert_eq!(removed.status, StatusCode::SEE_OTHER, "{}", removed.text());
    }
    assert_eq!(
        list(&mut jobs, "orders", "wait").await,
        Vec::<String>::new()
    );
    assert_eq!(jobs.sorted("orders", "prioritized").await[0].0, "urgent");
    let (id, score) = jobs.sorted("orders", "delayed").await.remove(0);
    assert_eq!(id, "later");
    let due = (score / 4096.0) as u64;
    let now = bullkeeper::clock::unix_millis();
    assert!(due > now && due <= now + 60_000, "its delay begins now");
    assert_eq!(jobs.sorted("orders", "waiting-children").await, []);
    let events: Vec<(String, Vec<String>)> =
        jobs.run(&["XRANGE", "bull:orders:events", "-", "+"]).await;
    let told: Vec<&str> = events.iter().map(|(_, fields)| &*fields[1]).collect();
    assert_eq!(told, ["waiting", "delayed"]);
}

#[tokio::test]
async fn a_waiting_parent_goes_without_its_children_which_are_shown_before() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    family(&mut jobs).await;
    let page = operator.page("/job?queue=orders&id=p").await;
    let link = page.attributes("a[href^='/job/remove-without-children']", "href");
    let asked = operator.page(&link[0]).await;
    let text = asked.text();
    assert!(text.contains("3 jobs below it stay"), "{text}");
    assert!(text.contains("each names a parent that is gone"), "{text}");
    assert_eq!(asked.all("tbody tr").len(), 3);

    let form = [("queue", "orders"), ("id", "p"), ("reason", "a test")];
    let removed = operator.post("/job/remove-without-children", &form).await;
    assert_eq!(removed.status(), StatusCode::SEE_OTHER);
    let kept = all_keys(&mut jobs).await;
    assert!(!kept.iter().any(|key| key.starts_with("bull:orders:p")));
    assert_eq!(list(&mut jobs, "email/v1", "wait").await, ["a"]);
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].get("action"), "job.remove-without-children");
    assert_eq!(entries[0].get("before_text"), r#"{"order":1}"#);
    // It is not for a job that waits for nothing, whose removal shows what stays as well.
    let form = [("queue", "email/v1"), ("id", "b")];
    let refused = operator.post("/job/remove-without-children", &form).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    let asked = operator.page("/job/remove?queue=email%2Fv1&id=b").await;
    assert!(asked.text().contains("1 job below it stays"));
}
