//! The operations besides retry: what they leave in Redis, what is recorded, and when they are refused.

use bullkeeper_testkit::retry::{DATA, KEEPERS, keep_by, list, outcomes};
use bullkeeper_testkit::{Jobs, Person, Seen, TestApp, eventually};
use reqwest::StatusCode;

/// An hour from now, in Unix milliseconds.
fn later() -> u64 {
    bullkeeper::clock::unix_millis() + 3_600_000
}

async fn operate(person: &Person, name: &str, queue: &str, id: &str) -> Seen {
    let form = [("queue", queue), ("id", id), ("reason", "a test")];
    Seen::of(person.post(&format!("/job/{name}"), &form).await).await
}

async fn keys(jobs: &mut Jobs, pattern: &str) -> Vec<String> {
    let mut keys: Vec<String> = jobs.run(&["KEYS", pattern]).await;
    keys.sort();
    keys
}

#[tokio::test]
async fn a_promoted_job_waits_where_the_bullmq_of_its_queue_looks_for_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (keeper, fields, when_paused) in KEEPERS {
        for paused in [false, true] {
            let queue = format!("{keeper}-{paused}/v1");
            jobs.delayed(&queue, "1", later()).await;
            keep_by(&mut jobs, &queue, fields, paused).await;
            let promoted = operate(&operator, "promote", &queue, "1").await;
            assert_eq!(promoted.status, StatusCode::SEE_OTHER, "{queue}");
            let page = operator.page(promoted.location()).await;
            assert!(page.text().contains("Promoted. Waiting"), "{}", page.text());

            let (here, elsewhere) = match paused && when_paused == "paused" {
                true => ("paused", "wait"),
                false => ("wait", "paused"),
            };
            assert_eq!(list(&mut jobs, &queue, here).await, ["1"], "{queue}");
            assert!(
                list(&mut jobs, &queue, elsewhere).await.is_empty(),
                "{queue}"
            );
            assert_eq!(jobs.sorted(&queue, "delayed").await, [], "{queue}");
        }
    }
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(entries.len(), KEEPERS.len() * 2);
    for entry in entries {
        assert_eq!(entry.get("action"), "job.promote");
        assert_eq!(
            (entry.get("outcome"), entry.get("state")),
            ("applied", "delayed")
        );
        assert_eq!(
            (entry.get("actor"), entry.get("reason")),
            ("operator", "a test")
        );
    }
}

#[tokio::test]
async fn a_removed_job_is_gone_and_its_entry_keeps_its_data() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.failed("email/v1", "1", DATA).await;
    jobs.waiting("email/v1", "2", DATA).await;
    jobs.run::<u64>(&["RPUSH", "bull:email/v1:1:logs", "a line"])
        .await;

    let asked = operator.page("/job/remove?queue=email%2Fv1&id=1").await;
    assert!(asked.text().contains("are deleted"), "{}", asked.text());
    assert!(!keys(&mut jobs, "bull:email/v1:1").await.is_empty());

    let removed = operate(&operator, "remove", "email/v1", "1").await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER, "{}", removed.text());
    let page = operator.page(removed.location()).await;
    assert!(page.text().contains("Job removed"), "{}", page.text());
    assert!(keys(&mut jobs, "bull:email/v1:1*").await.is_empty());
    assert_eq!(jobs.sorted("email/v1", "failed").await, []);
    assert_eq!(list(&mut jobs, "email/v1", "wait").await, ["2"]);

    let entries = jobs.audit_of_jobs().await;
    assert_eq!(outcomes(&entries), [("job.remove", "applied")]);
    let entry = &entries[0];
    assert_eq!(entry.get("before_text"), DATA);
    assert_eq!((entry.get("job"), entry.get("state")), ("1", "failed"));
    let id: String = jobs
        .run(&["LINDEX", "bullkeeper:audit:bull:email/v1:1", "0"])
        .await;
    let shown = operator.page(&format!("/audit/entry?id={id}")).await;
    assert!(
        shown.text().contains("12345678901234567890"),
        "{}",
        shown.text()
    );
}

/// How many clients Redis makes wait with a script, while it takes no writes.
async fn waiting_scripts(jobs: &Jobs) -> usize {
    let mut jobs = jobs.clone();
    let clients: String = jobs.run(&["CLIENT", "LIST"]).await;
    let clients = clients.lines();
    let is_script = |line: &&str| line.contains(" flags=b ") && line.contains("cmd=eval");
    clients.filter(is_script).count()
}

#[tokio::test]
async fn a_job_that_is_added_while_it_is_removed_stays_since_no_entry_has_its_data() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.failed("email/v1", "1", DATA).await;
    // Redis knows the script from then on.
    operate(&operator, "remove", "email/v1", "1").await;

    // While writes wait, the job is not there to be read; then it is added, and then the removal is tried.
    jobs.run::<()>(&["CLIENT", "PAUSE", "60000", "WRITE"]).await;
    let mut adds = app.jobs().await;
    let adding = tokio::spawn(async move {
        let add = "redis.call('HSET', 'bull:email/v1:2', 'data', 'precious') redis.call('LPUSH', 'bull:email/v1:wait', '2')";
        adds.run::<()>(&["EVAL", add, "0"]).await;
    });
    eventually("the job is about to be added", || async {
        waiting_scripts(&jobs).await == 1
    })
    .await;
    let removing = tokio::spawn(async move { operate(&operator, "remove", "email/v1", "2").await });
    eventually("the job is about to be removed", || async {
        waiting_scripts(&jobs).await == 2
    })
    .await;
    jobs.run::<()>(&["CLIENT", "UNPAUSE"]).await;
    adding.await.unwrap();
    let refused = removing.await.unwrap();
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    assert_eq!(jobs.data("email/v1", "2").await.unwrap(), b"precious");
    assert_eq!(list(&mut jobs, "email/v1", "wait").await, ["2"]);
}

#[tokio::test]
async fn large_data_of_a_removed_job_is_kept_beside_its_entry() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let data = format!(r#"{{"text":"{}"}}"#, "large ".repeat(100_000));
    jobs.failed("email/v1", "1", &data).await;
    let removed = operate(&operator, "remove", "email/v1", "1").await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER, "{}", removed.text());
    let entry = &jobs.audit_of_jobs().await[0];
    assert_eq!(
        entry.get("large"),
        format!("zlib {} 0", data.len()),
        "what is kept, and how large it was and is"
    );
    let id: String = jobs
        .run(&["LINDEX", "bullkeeper:audit:bull:email/v1:1", "0"])
        .await;
    let before = operator.get(&format!("/audit/before?id={id}")).await;
    assert_eq!(before.status(), StatusCode::OK);
    assert_eq!(before.text().await.unwrap(), data);
}

#[tokio::test]
async fn a_job_whose_data_is_too_large_to_be_kept_is_not_removed() {
    let app = TestApp::with(&[("max_data_bytes", "1MB")]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let data = format!(r#"{{"text":"{}"}}"#, "large ".repeat(200_000));
    jobs.failed("email/v1", "1", &data).await;
    let refused = operate(&operator, "remove", "email/v1", "1").await;
    assert_eq!(
        refused.status,
        StatusCode::PAYLOAD_TOO_LARGE,
        "{}",
        refused.text()
    );
    assert_eq!(
        jobs.data("email/v1", "1").await.unwrap(),
        data.as_bytes(),
        "it is still there"
    );
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(outcomes(&entries), [("job.remove", "invalid")]);
}

#[tokio::test]
async fn a_secret_of_a_removed_job_is_in_the_audit_log_as_a_hash_alone() {
    let app = TestApp::with(&[("redact", "password")]).await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.failed("email/v1", "1", r#"{"password":"correct horse battery"}"#)
        .await;
    let removed = operate(&operator, "remove", "email/v1", "1").await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER, "{}", removed.text());
    let entry = &jobs.audit_of_jobs().await[0];
    assert!(
        entry.get("large").starts_with("zlib-redacted "),
        "{}",
        entry.get("large")
    );
    let id: String = jobs
        .run(&["LINDEX", "bullkeeper:audit:bull:email/v1:1", "0"])
        .await;
    let before = operator.get(&format!("/audit/before?id={id}")).await;
    let before = before.text().await.unwrap();
    assert!(
        before.contains("password") && !before.contains("horse"),
        "{before}"
    );
}

#[tokio::test]
async fn what_an_operation_is_not_for_is_refused_recorded_and_left_as_it_was() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    jobs.active("email/v1", "1", DATA).await;
    jobs.hash("email/v1", "2", DATA.as_bytes()).await;
    jobs.run::<u64>(&["ZADD", "bull:email/v1:waiting-children", "1", "2"])
        .await;
    jobs.failed("email/v1", "3", DATA).await;
    jobs.run::<()>(&["SET", "bull:email/v1:3:lock", "token"])
        .await;
    jobs.waiting("email/v1", "4", DATA).await;
    let before = keys(&mut jobs, "bull:*").await;
    for (name, id, why) in [
        ("remove", "1", "lock"),
        ("remove", "2", "waiting-children"),
        ("remove", "3", "lock"),
        ("promote", "4", "waiting"),
    ] {
        let refused = operate(&operator, name, "email/v1", id).await;
        assert_eq!(
            refused.status,
            StatusCode::CONFLICT,
            "{name} {id}: {}",
            refused.text()
        );
        assert!(
            refused.text().contains(why),
            "{name} {id}: {}",
            refused.text()
        );
    }
    let gone = operate(&operator, "remove", "email/v1", "none").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "{}", gone.text());
    assert_eq!(keys(&mut jobs, "bull:*").await, before);
    assert_eq!(
        jobs.data("email/v1", "4").await.unwrap(),
        DATA.as_bytes(),
        "nothing was changed"
    );
    app.services.finish_audit().await;
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(entries.len(), 5);
    for entry in entries {
        let outcome = match entry.get("job") {
            "none" => "failed",
            _ => "conflict",
        };
        assert_eq!(entry.get("outcome"), outcome, "{}", entry.get("job"));
        assert_eq!(entry.get("before_text"), "", "nothing was removed");
    }
}

#[tokio::test]
async fn a_page_offers_what_works_on_its_job_to_those_who_may() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", DATA).await;
    jobs.delayed("email/v1", "2", later()).await;
    jobs.active("email/v1", "3", DATA).await;
    jobs.waiting("email/v1", "4", DATA).await;
    let (viewer, operator) = (app.viewer().await, app.operator().await);
    for (id, offered) in [
        ("1", vec!["Retry", "Remove"]),
        ("2", vec!["Promote", "Reschedule", "Remove"]),
        ("3", vec![]),
        ("4", vec!["Change priority", "Remove"]),
    ] {
        let address = format!("/job?queue=email%2Fv1&id={id}");
        let buttons = |page: &Seen| -> Vec<String> {
            let all = page.all("#standing .btn");
            all.into_iter()
                .filter(|it| it != "Edit data" && it != "Duplicate")
                .collect()
        };
        assert_eq!(buttons(&operator.page(&address).await), offered, "job {id}");
        assert_eq!(
            buttons(&viewer.page(&address).await),
            Vec::<String>::new(),
            "job {id}"
        );
    }
}
