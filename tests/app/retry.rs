//! Putting failed jobs back in line, as the BullMQ that keeps the queue would: where they go, what is refused, and
//! the intent and outcome that are recorded of each.

use reqwest::StatusCode;

use crate::support::{AuditEntry, Jobs, Person, Seen, TestApp};

const DATA: &str = r#"{"big":12345678901234567890,"one":1.0}"#;

/// How the queues of a BullMQ tell what keeps them, and where a paused one keeps its waiting jobs.
const KEEPERS: [(&str, &[(&str, &str)], &str); 5] = [
    ("six", &[("version", "bullmq:6.7.0"), ("library", "bullmq")], "wait"),
    ("five", &[("version", "bullmq:5.81.0"), ("library", "bullmq")], "paused"),
    ("four", &[("version", "bullmq:4.18.2"), ("library", "bullmq")], "paused"),
    ("silent", &[], "paused"),
    ("crate", &[("library", "bullmq-official:0.1.0")], "wait"),
];

/// Says in the queue's `meta` what keeps it, in place of what the harness says.
async fn keep_by(jobs: &mut Jobs, queue: &str, fields: &[(&str, &str)], paused: bool) {
    let meta = format!("bull:{queue}:meta");
    jobs.run::<u64>(&["HDEL", &meta, "version", "library"]).await;
    for (name, value) in fields {
        jobs.run::<u64>(&["HSET", &meta, name, value]).await;
    }
    if paused {
        jobs.run::<u64>(&["HSET", &meta, "paused", "1"]).await;
    }
}

async fn retry(person: &Person, queue: &str, id: &str) -> Seen {
    let form = [("queue", queue), ("id", id)];
    Seen::of(person.post("/job/retry", &form).await).await
}

async fn list(jobs: &mut Jobs, queue: &str, state: &str) -> Vec<String> {
    jobs.run(&["LRANGE", &format!("bull:{queue}:{state}"), "0", "-1"]).await
}

async fn is_failed(jobs: &mut Jobs, queue: &str, id: &str) -> bool {
    let score: Option<f64> = jobs.run(&["ZSCORE", &format!("bull:{queue}:failed"), id]).await;
    score.is_some()
}

fn outcomes(entries: &[AuditEntry]) -> Vec<(&str, &str)> {
    let both = entries.iter().map(|entry| (entry.get("action"), entry.get("outcome")));
    both.collect()
}

/// The entries are an intent and its outcome, of one event.
fn assert_intent_and(outcome: &str, entries: &[AuditEntry]) {
    assert_eq!(outcomes(entries), [("job.retry", "intent"), ("job.retry", outcome)]);
    let [intent, end] = entries else { panic!("{entries:?}") };
    for name in ["event", "actor", "role", "request", "prefix", "queue", "job", "state", "reason"] {
        assert_eq!(intent.get(name), end.get(name), "{name}");
    }
    assert!(!intent.get("event").is_empty());
    assert_eq!(intent.get("state"), "failed");
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
            assert_eq!(retried.status, StatusCode::SEE_OTHER, "{queue}: {}", retried.text());
            assert!(retried.location().contains("done=retried"), "{}", retried.location());

            let (here, elsewhere) = match paused && when_paused == "paused" {
                true => ("paused", "wait"),
                false => ("wait", "paused"),
            };
            assert_eq!(list(&mut jobs, &queue, here).await, ["1"], "{queue}");
            assert!(list(&mut jobs, &queue, elsewhere).await.is_empty(), "{queue}");
            assert!(!is_failed(&mut jobs, &queue, "1").await, "{queue}");
            let key = format!("bull:{queue}:1");
            let left: Vec<Option<String>> = jobs
                .run(&["HMGET", &key, "failedReason", "finishedOn", "processedOn", "atm", "data"])
                .await;
            let stays = [Some("3".to_owned()), Some(DATA.to_owned())];
            assert_eq!(left, [&[None, None, None], &stays[..]].concat(), "{queue}");
            let is_paused: bool = jobs.run(&["HEXISTS", &format!("bull:{queue}:meta"), "paused"]).await;
            assert_eq!(is_paused, paused, "{queue} stays as it was");
            let mut entries = jobs.audit_of_jobs().await;
            entries.retain(|entry| entry.get("queue") == queue);
            assert_intent_and("applied", &entries);
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
        jobs.run::<u64>(&["HSET", &format!("bull:{keeper}:1"), "priority", "7"]).await;
        let retried = retry(&operator, keeper, "1").await;
        assert_eq!(retried.status, StatusCode::SEE_OTHER, "{}", retried.text());
        // BullMQ 6 minds the priority again; before it a retried job waits with the others.
        let prioritized: Vec<String> = jobs
            .run(&["ZRANGE", &format!("bull:{keeper}:prioritized"), "0", "-1"])
            .await;
        let (first, then) = match keeper {
            "six" | "crate" => (prioritized, list(&mut jobs, keeper, "wait").await),
            _ => (list(&mut jobs, keeper, "wait").await, prioritized),
        };
        assert_eq!((first, then), (vec!["1".to_owned()], Vec::new()), "{keeper}");
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
        let form = form.set("text", &text).set("reason", "mended").set("then", "retry");
        let saved = operator.send("/job/save", &form).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
        assert!(saved.location().contains("done=saved-retried"), "{}", saved.location());
        let after = DATA.replace("1.0", "2.0");
        assert_eq!(jobs.data(keeper, "1").await.unwrap(), after.as_bytes());
        assert_eq!(list(&mut jobs, keeper, "wait").await, ["1"]);
        assert!(!is_failed(&mut jobs, keeper, "1").await);
        let mut entries = jobs.audit_of_jobs().await;
        entries.retain(|entry| entry.get("queue") == keeper);
        assert_eq!(outcomes(&entries[..1]), [("job.edit", "applied")]);
        assert_intent_and("applied", &entries[1..]);
        assert!(entries.iter().all(|entry| entry.get("reason") == "mended"), "{entries:?}");
    }
}

#[tokio::test]
async fn a_save_that_is_refused_is_not_followed_by_a_retry() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", DATA).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await.set("then", "retry").set("reason", "r");
    for text in ["{", r#"{"a":1,"a":2}"#] {
        let refused = operator.send("/job/save", &form.clone().set("text", text)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    jobs.run::<u64>(&["HSET", "bull:email/v2:1", "data", "{}"]).await;
    let stale = operator.send("/job/save", &form.set("text", r#"{"a":1}"#)).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(is_failed(&mut jobs, "email/v2", "1").await);
    assert!(list(&mut jobs, "email/v2", "wait").await.is_empty());
    let entries = jobs.audit_of_jobs().await;
    assert!(entries.iter().all(|entry| entry.get("action") == "job.edit"), "{entries:?}");
}

#[tokio::test]
async fn a_save_stands_where_its_job_is_not_one_to_retry() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v2", "1", DATA).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    let form = form.set("text", "{}").set("reason", "r").set("then", "retry");
    let saved = operator.send("/job/save", &form).await;
    assert!(saved.location().contains("done=saved-not-retried"), "{}", saved.text());
    assert_eq!(jobs.data("email/v2", "1").await.unwrap(), b"{}");
    assert_eq!(list(&mut jobs, "email/v2", "wait").await, ["1"], "once, as before");
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(outcomes(&entries), [("job.edit", "applied"), ("job.retry", "conflict")]);
}

#[tokio::test]
async fn a_job_in_another_state_is_not_retried_and_the_page_names_the_state() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (keeper, fields, _) in KEEPERS {
        for state in ["waiting", "paused", "active", "delayed", "prioritized", "completed", "waiting-children"] {
            let queue = format!("{keeper}/v1");
            keep_by(&mut jobs, &queue, &[&[("opts.maxLenEvents", "10000")], fields].concat(), false).await;
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
            assert!(refused.text().contains(&format!("this one is {state}")), "{}", refused.text());
            let reason: String = jobs.run(&["HGET", &format!("bull:{queue}:{id}"), "name"]).await;
            assert_eq!(reason, "send", "{queue} {state}");
        }
    }
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(entries.len(), KEEPERS.len() * 7);
    for entry in entries {
        assert_eq!(outcomes(std::slice::from_ref(&entry)), [("job.retry", "conflict")]);
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
        assert_eq!(gone.status, StatusCode::NOT_FOUND, "{queue}: {}", gone.text());
    }
    // An id that is still listed as failed while the job's hash is gone.
    jobs.run::<u64>(&["ZADD", "bull:email/v2:failed", "1", "18"]).await;
    assert_eq!(retry(&operator, "email/v2", "18").await.status, StatusCode::NOT_FOUND);
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
        jobs.run::<()>(&["SET", &format!("bull:{keeper}:1:lock"), "token"]).await;
        let refused = retry(&operator, keeper, "1").await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{keeper}");
        assert!(refused.text().contains("lock"), "{}", refused.text());
        assert!(is_failed(&mut jobs, keeper, "1").await);
        assert!(list(&mut jobs, keeper, "wait").await.is_empty());
    }
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(outcomes(&entries), [("job.retry", "conflict"); KEEPERS.len()]);
}

#[tokio::test]
async fn of_many_retries_at_once_one_is_done_and_every_intent_has_its_outcome() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (keeper, fields, _) in KEEPERS {
        jobs.failed(keeper, "1", DATA).await;
        keep_by(&mut jobs, keeper, fields, false).await;
        let retries = (0..20).map(|_| retry(&operator, keeper, "1"));
        let answers = futures::future::join_all(retries).await;
        let done = answers.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
        let late = answers.iter().filter(|answer| answer.status == StatusCode::CONFLICT).count();
        assert_eq!((done, late), (1, 19), "{keeper}");
        assert_eq!(list(&mut jobs, keeper, "wait").await, ["1"], "{keeper}");
        let mut entries = jobs.audit_of_jobs().await;
        entries.retain(|entry| entry.get("queue") == keeper);
        let of = |outcome: &str| {
            let same = entries.iter().filter(|entry| entry.get("outcome") == outcome);
            same.map(|entry| entry.get("event").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!((of("applied").len(), of("conflict").len()), (1, 19), "{keeper}");
        let ended = [of("applied"), of("conflict")].concat();
        assert!(of("intent").iter().all(|event| ended.contains(event)), "{keeper}");
    }
}

#[tokio::test]
async fn an_intent_without_an_outcome_is_shown_as_unknown_and_one_with_it_is_not_shown() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", DATA).await;
    jobs.failed("email/v2", "2", DATA).await;
    let operator = app.operator().await;
    // As a process leaves it that ended between the two.
    let about = ["v", "1", "event", "01AAAAAAAAAAAAAAAAAAAAAAAA", "actor", "operator", "role", "operator"];
    let what = ["prefix", "bull", "queue", "email/v2", "job", "1", "state", "failed"];
    let how = ["action", "job.retry", "outcome", "intent"];
    let add = [&["XADD", "bullkeeper:audit", "*"][..], &about, &what, &how].concat();
    let id: String = jobs.run(&add).await;
    jobs.run::<u64>(&["LPUSH", "bullkeeper:audit:bull:email/v2:1", &id]).await;
    assert_eq!(retry(&operator, "email/v2", "2").await.status, StatusCode::SEE_OTHER);

    let outcomes_on = async |path: &str| {
        let page = operator.page(path).await;
        page.all("table.rows tbody td:nth-of-type(4)")
    };
    let unknown = ["unknown"];
    assert_eq!(outcomes_on("/audit?action=job.retry").await, ["applied", "unknown"]);
    assert_eq!(outcomes_on("/audit?queue=email/v2&job=1").await, unknown);
    assert_eq!(outcomes_on("/audit?outcome=unknown").await, unknown, "found under what it is shown as");
    assert_eq!(outcomes_on("/job?queue=email/v2&id=1").await, unknown, "in the job's history");
    assert_eq!(outcomes_on("/job?queue=email/v2&id=2").await, ["applied"]);
    let entry = operator.page(&format!("/audit/entry?id={id}")).await;
    assert!(entry.all("main .state").contains(&"unknown".to_owned()), "{}", entry.text());
}
