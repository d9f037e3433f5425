//! Retrying failed jobs as the BullMQ that keeps the queue would: where they go, and the entry that is recorded.

use bullkeeper_testkit::retry::{DATA, KEEPERS, is_failed, keep_by, list, outcomes, retry};
use reqwest::StatusCode;

use bullkeeper_testkit::{AuditEntry, TestApp};

/// Asserts that there is exactly one entry, of a retry that was done.
fn assert_one_retry(entries: &[AuditEntry]) {
    assert_eq!(outcomes(entries), [("job.retry", "applied")]);
    let entry = &entries[0];
    for name in ["event", "actor", "role", "request", "prefix", "queue"] {
        assert!(!entry.get(name).is_empty(), "{name}");
    }
    assert_eq!((entry.get("job"), entry.get("state")), ("1", "failed"));
}

#[tokio::test]
async fn a_failed_job_goes_back_to_where_the_bullmq_of_its_queue_looks_for_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (keeper, fields, when_paused) in KEEPERS {
        for paused in [false, true] {
            let queue = format!("{keeper}-{paused}/v1");
            jobs.failed(&queue, "1", DATA).await;
            keep_by(&mut jobs, &queue, fields, paused).await;
            let retried = retry(&operator, &queue, "1").await;
            assert_eq!(
                retried.status,
                StatusCode::SEE_OTHER,
                "{queue}: {}",
                retried.text()
            );
            let told = operator.told_after(&retried).await;
            assert!(told.starts_with("Retried. Waiting"), "{queue}: {told}");

            let (here, elsewhere) = match paused && when_paused == "paused" {
                true => ("paused", "wait"),
                false => ("wait", "paused"),
            };
            assert_eq!(list(&mut jobs, &queue, here).await, ["1"], "{queue}");
            assert!(
                list(&mut jobs, &queue, elsewhere).await.is_empty(),
                "{queue}"
            );
            assert!(!is_failed(&mut jobs, &queue, "1").await, "{queue}");
            let key = format!("bull:{queue}:1");
            let left: Vec<Option<String>> = jobs
                .run(&[
                    "HMGET",
                    &key,
                    "failedReason",
                    "finishedOn",
                    "processedOn",
                    "atm",
                    "data",
                ])
                .await;
            let stays = [Some("3".to_owned()), Some(DATA.to_owned())];
            assert_eq!(left, [&[None, None, None], &stays[..]].concat(), "{queue}");
            let is_paused: bool = jobs
                .run(&["HEXISTS", &format!("bull:{queue}:meta"), "paused"])
                .await;
            assert_eq!(is_paused, paused, "{queue} stays as it was");
            let mut entries = jobs.audit_of_jobs().await;
            entries.retain(|entry| entry.get("queue") == queue);
            assert_one_retry(&entries);
        }
    }
}

#[tokio::test]
async fn a_job_with_a_priority_goes_where_its_bullmq_puts_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (keeper, fields, _) in KEEPERS {
        jobs.failed(keeper, "1", DATA).await;
        keep_by(&mut jobs, keeper, fields, false).await;
        jobs.run::<u64>(&["HSET", &format!("bull:{keeper}:1"), "priority", "7"])
            .await;
        let retried = retry(&operator, keeper, "1").await;
        assert_eq!(retried.status, StatusCode::SEE_OTHER, "{}", retried.text());
        // BullMQ 6 keeps the priority. BullMQ 5 forgets it, but its workers mind it as well. BullMQ 4 has no way to wake
        // a worker for it.
        let prioritized: Vec<String> = jobs
            .run(&["ZRANGE", &format!("bull:{keeper}:prioritized"), "0", "-1"])
            .await;
        let (first, then) = match keeper {
            "four" => (list(&mut jobs, keeper, "wait").await, prioritized),
            _ => (prioritized, list(&mut jobs, keeper, "wait").await),
        };
        assert_eq!(
            (first, then),
            (vec!["1".to_owned()], Vec::new()),
            "{keeper}"
        );
    }
}

#[tokio::test]
async fn a_repaired_job_is_retried_with_its_save() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (keeper, fields, _) in KEEPERS {
        jobs.failed(keeper, "1", DATA).await;
        keep_by(&mut jobs, keeper, fields, false).await;
        let form = operator.edit(keeper, "1").await;
        let text = form.get("text").replace("1.0", "2.0");
        let form = form
            .set("text", &text)
            .set("reason", "mended")
            .set("then", "retry");
        let saved = operator.send("/job/save", &form).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
        assert_eq!(
            operator.told_after(&saved).await,
            "Saved and retried. Waiting for a worker."
        );
        let after = DATA.replace("1.0", "2.0");
        assert_eq!(jobs.data(keeper, "1").await.unwrap(), after.as_bytes());
        assert_eq!(list(&mut jobs, keeper, "wait").await, ["1"]);
        assert!(!is_failed(&mut jobs, keeper, "1").await);
        let mut entries = jobs.audit_of_jobs().await;
        entries.retain(|entry| entry.get("queue") == keeper);
        assert_eq!(outcomes(&entries[..1]), [("job.edit", "applied")]);
        assert_one_retry(&entries[1..]);
        assert!(
            entries.iter().all(|entry| entry.get("reason") == "mended"),
            "{entries:?}"
        );
    }
}

#[tokio::test]
async fn a_save_that_is_refused_is_not_followed_by_a_retry() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", DATA).await;
    let operator = app.operator().await;
    let form = operator
        .edit("email/v2", "1")
        .await
        .set("then", "retry")
        .set("reason", "r");
    for text in ["{", r#"{"a":1,"a":2}"#] {
        let refused = operator
            .send("/job/save", &form.clone().set("text", text))
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    jobs.run::<u64>(&["HSET", "bull:email/v2:1", "data", "{}"])
        .await;
    let stale = operator
        .send("/job/save", &form.set("text", r#"{"a":1}"#))
        .await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(is_failed(&mut jobs, "email/v2", "1").await);
    assert!(list(&mut jobs, "email/v2", "wait").await.is_empty());
    let entries = jobs.audit_of_jobs().await;
    assert!(
        entries
            .iter()
            .all(|entry| entry.get("action") == "job.edit"),
        "{entries:?}"
    );
}

#[tokio::test]
async fn a_save_stands_where_its_job_is_not_one_to_retry() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v2", "1", DATA).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    let form = form
        .set("text", "{}")
        .set("reason", "r")
        .set("then", "retry");
    let saved = operator.send("/job/save", &form).await;
    assert_eq!(
        operator.told_after(&saved).await,
        "Saved. Not retried, because the job was no longer failed. It is waiting now."
    );
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), b"{}");
    assert_eq!(
        list(&mut jobs, "email/v2", "wait").await,
        ["1"],
        "once, as before"
    );
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(
        outcomes(&entries),
        [("job.edit", "applied"), ("job.retry", "conflict")]
    );
}
