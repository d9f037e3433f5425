//! Retries that are not carried out: in another state, gone, held by a worker, or second of many.

use reqwest::StatusCode;

use bullkeeper_testkit::retry::{DATA, KEEPERS, is_failed, keep_by, list, outcomes, retry};
use bullkeeper_testkit::{AuditEntry, TestApp};

#[tokio::test]
async fn a_job_in_another_state_is_not_retried_and_the_page_names_the_state() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (keeper, fields, _) in KEEPERS {
        for state in [
            "waiting",
            "paused",
            "active",
            "delayed",
            "prioritized",
            "waiting-children",
        ] {
            let queue = format!("{keeper}/v1");
            keep_by(
                &mut jobs,
                &queue,
                &[&[("opts.maxLenEvents", "10000")], fields].concat(),
                false,
            )
            .await;
            let id = format!("job-{state}");
            jobs.hash(&queue, &id, DATA.as_bytes()).await;
            let kept_in = if state == "waiting" { "wait" } else { state };
            let key = format!("bull:{queue}:{kept_in}");
            match state {
                "waiting" | "paused" | "active" => jobs.run::<u64>(&["LPUSH", &key, &id]).await,
                _ => jobs.run::<u64>(&["ZADD", &key, "1", &id]).await,
            };
            let refused = retry(&operator, &queue, &id).await;
            assert_eq!(refused.status, StatusCode::CONFLICT, "{queue} {state}");
            assert!(
                refused.text().contains(&format!("This job is {state}.")),
                "{}",
                refused.text()
            );
            let reason: String = jobs
                .run(&["HGET", &format!("bull:{queue}:{id}"), "name"])
                .await;
            assert_eq!(reason, "send", "{queue} {state}");
        }
    }
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(entries.len(), KEEPERS.len() * 6);
    for entry in entries {
        assert_eq!(
            outcomes(std::slice::from_ref(&entry)),
            [("job.retry", "conflict")]
        );
        assert_eq!(format!("job-{}", entry.get("state")), entry.get("job"));
    }
}

#[tokio::test]
async fn a_job_or_queue_that_is_gone_is_told_so_and_nothing_is_made_up_for_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue("email/v2", "bullmq:6.7.0").await;
    let operator = app.operator().await;
    for queue in ["email/v2", "no-such-queue"] {
        let gone = retry(&operator, queue, "17").await;
        assert_eq!(
            gone.status,
            StatusCode::NOT_FOUND,
            "{queue}: {}",
            gone.text()
        );
    }
    // An id that is still listed as failed while the job's hash is gone.
    jobs.run::<u64>(&["ZADD", "bull:email/v2:failed", "1", "18"])
        .await;
    assert_eq!(
        retry(&operator, "email/v2", "18").await.status,
        StatusCode::NOT_FOUND
    );
    let phantoms: Vec<String> = jobs.run(&["KEYS", "bull:no-such-queue:*"]).await;
    assert!(phantoms.is_empty(), "{phantoms:?}");
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(outcomes(&entries), [("job.retry", "failed"); 3]);
}

#[tokio::test]
async fn a_job_that_a_worker_holds_is_not_retried() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (keeper, fields, _) in KEEPERS {
        jobs.failed(keeper, "1", DATA).await;
        keep_by(&mut jobs, keeper, fields, false).await;
        jobs.run::<()>(&["SET", &format!("bull:{keeper}:1:lock"), "token"])
            .await;
        let refused = retry(&operator, keeper, "1").await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{keeper}");
        assert!(refused.text().contains("lock"), "{}", refused.text());
        assert!(is_failed(&mut jobs, keeper, "1").await);
        assert!(list(&mut jobs, keeper, "wait").await.is_empty());
    }
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(
        outcomes(&entries),
        [("job.retry", "conflict"); KEEPERS.len()]
    );
}

#[tokio::test]
async fn of_many_retries_at_once_one_is_done_and_each_has_its_entry() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (keeper, fields, _) in KEEPERS {
        jobs.failed(keeper, "1", DATA).await;
        keep_by(&mut jobs, keeper, fields, false).await;
        let retries = (0..20).map(|_| retry(&operator, keeper, "1"));
        let answers = futures::future::join_all(retries).await;
        let done = answers
            .iter()
            .filter(|answer| answer.status == StatusCode::SEE_OTHER)
            .count();
        let late = answers
            .iter()
            .filter(|answer| answer.status == StatusCode::CONFLICT)
            .count();
        assert_eq!((done, late), (1, 19), "{keeper}");
        assert_eq!(list(&mut jobs, keeper, "wait").await, ["1"], "{keeper}");
        app.services.finish_audit().await;
        let mut entries = jobs.audit_of_jobs().await;
        entries.retain(|entry| entry.get("queue") == keeper);
        let times_of = |outcome: &str| {
            let same = entries
                .iter()
                .filter(|entry| entry.get("outcome") == outcome);
            same.map(AuditEntry::times).sum::<u64>()
        };
        assert_eq!(
            (times_of("applied"), times_of("conflict")),
            (1, 19),
            "{keeper}"
        );
    }
}
