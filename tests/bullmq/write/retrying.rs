//! A retry leaves what BullMQ's own retry leaves, whatever the job was like, and a worker then takes it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::bull::{Bull, MAJORS, Queue, patient_app};
use crate::harness::pages::{facts, state};
use bullkeeper_testkit::Jobs;

/// What a failed job may be like.
fn kinds() -> Vec<(&'static str, Value)> {
    vec![
        ("plain", json!({})),
        ("prioritized", json!({"opts": {"priority": 5}})),
        ("last in, first out", json!({"opts": {"lifo": true}})),
        ("delayed", json!({"opts": {"delay": 20}})),
        ("three attempts", json!({"opts": {"attempts": 3}})),
        (
            "unrecoverable",
            json!({"opts": {"attempts": 3}, "unrecoverable": true}),
        ),
        (
            "backoff",
            json!({"opts": {"attempts": 2, "backoff": {"type": "fixed", "delay": 20}}}),
        ),
        ("its own id", json!({"opts": {"jobId": "a/b % ü <i> #?"}})),
        // BullMQ's crate then reads none of the options, which a retry may not notice.
        (
            "options of other types",
            json!({"opts": {"attempts": "2", "custom": {"a": [1]}}}),
        ),
        ("malformed data", json!({"rawData": "{oops"})),
    ]
}

/// Everything of a queue that a retry may touch, comparable: times are left out.
async fn left(redis: &mut Jobs, queue: &str, id: &str) -> BTreeMap<String, Vec<String>> {
    let mut left = BTreeMap::new();
    let mut keep = |name: &str, value: Vec<String>| left.insert(name.to_owned(), value);
    let key = |suffix: &str| format!("bull:{queue}:{suffix}");
    for list in ["wait", "paused", "active"] {
        keep(list, redis.run(&["LRANGE", &key(list), "0", "-1"]).await);
    }
    for set in ["delayed", "prioritized", "failed", "completed"] {
        keep(set, redis.run(&["ZRANGE", &key(set), "0", "-1"]).await);
    }
    // The marker 1 is that of a delayed job, which is left or not as its worker happened to go.
    let markers: Vec<String> = redis.run(&["ZRANGE", &key("marker"), "0", "-1"]).await;
    keep(
        "marker",
        markers.into_iter().filter(|marker| marker != "1").collect(),
    );
    for (name, key, but) in [
        ("meta", key("meta"), &[][..]),
        ("job", key(id), &["timestamp", "stacktrace"]),
    ] {
        let hash: BTreeMap<String, String> = redis.run(&["HGETALL", &key]).await;
        let lasting = hash
            .into_iter()
            .filter(|(field, _)| !but.contains(&field.as_str()));
        let fields = lasting.map(|(field, value)| format!("{field}={value}"));
        keep(name, fields.collect());
    }
    let last: Vec<(String, Vec<String>)> = redis
        .run(&["XREVRANGE", &key("events"), "+", "-", "COUNT", "1"])
        .await;
    keep(
        "event",
        last.into_iter().flat_map(|(_, fields)| fields).collect(),
    );
    left
}

async fn assert_a_retry_leaves_what_bullmq_leaves(major: u32, paused: bool) {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (operator, mut redis) = (app.operator().await, app.jobs().await);
    for (at, (kind, job)) in kinds().into_iter().enumerate() {
        let (theirs, ours) = (
            bull.queue(major, &format!("theirs-{at}")),
            bull.queue(major, &format!("ours-{at}")),
        );
        let (mut ids, mut behind) = (Vec::new(), String::new());
        for queue in [&theirs, &ours] {
            ids.push(queue.fail(job.clone()).await);
            behind = queue.add(json!({"name": "behind"})).await;
            if paused {
                queue.pause().await;
            }
        }
        // BullMQ itself can't read a job with malformed data, so it has to have been well formed then.
        let malformed = job.get("rawData").is_some();
        let key = format!("bull:{}:{}", theirs.name, ids[0]);
        if malformed {
            redis.run::<u64>(&["HSET", &key, "data", "{}"]).await;
        }
        theirs.ask("retry", json!({"jobId": ids[0]})).await;
        // BullMQ 5 forgets a priority, and Bullkeeper does not.
        if major == 5 && kind == "prioritized" {
            let back = json!({"jobId": ids[0], "priority": 5});
            theirs.ask("prioritize", back).await;
        }
        if malformed {
            redis.run::<u64>(&["HSET", &key, "data", "{oops"]).await;
        }
        ours.retry(&operator, &ids[1]).await;
        let wanted = left(&mut redis, &theirs.name, &ids[0]).await;
        let got = left(&mut redis, &ours.name, &ids[1]).await;
        assert_eq!(got, wanted, "BullMQ {major}, paused: {paused}, {kind}");

        // A worker can't read malformed data, whoever retried the job.
        if !malformed {
            ours.resume().await;
            ours.finish_all(&[&ids[1], &behind]).await;
        }
    }
}

#[tokio::test]
async fn a_retry_in_a_queue_of_bullmq_4_leaves_what_bullmq_leaves() {
    assert_a_retry_leaves_what_bullmq_leaves(4, false).await;
}

#[tokio::test]
async fn a_retry_in_a_queue_of_bullmq_5_leaves_what_bullmq_leaves() {
    assert_a_retry_leaves_what_bullmq_leaves(5, false).await;
}

#[tokio::test]
async fn a_retry_in_a_queue_of_bullmq_6_leaves_what_bullmq_leaves() {
    assert_a_retry_leaves_what_bullmq_leaves(6, false).await;
}

#[tokio::test]
async fn a_retry_in_a_paused_queue_of_bullmq_4_leaves_what_bullmq_leaves() {
    assert_a_retry_leaves_what_bullmq_leaves(4, true).await;
}

#[tokio::test]
async fn a_retry_in_a_paused_queue_of_bullmq_5_leaves_what_bullmq_leaves() {
    assert_a_retry_leaves_what_bullmq_leaves(5, true).await;
}

#[tokio::test]
async fn a_retry_in_a_paused_queue_of_bullmq_6_leaves_what_bullmq_leaves() {
    assert_a_retry_leaves_what_bullmq_leaves(6, true).await;
}

/// A queue in which a job failed twice of two attempts.
async fn out_of_attempts(bull: &Bull, major: u32) -> (Queue, String) {
    let queue = bull.queue(major, &format!("email/v{major}"));
    let id = queue
        .fail(json!({"data": {"to": "ann@example"}, "opts": {"attempts": 2}}))
        .await;
    (queue, id)
}

#[tokio::test]
async fn a_worker_wakes_for_a_retried_job_and_the_page_counts_its_attempt() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    for major in MAJORS {
        let (queue, id) = out_of_attempts(&bull, major).await;
        // The worker is there first, and waits.
        let working = queue.process(1);
        let retrying = async {
            bullkeeper_testkit::eventually("the worker is there", || async {
                let clients: String = app.jobs().await.run(&["CLIENT", "LIST"]).await;
                clients.contains("cmd=bzpopmin")
                    || clients.contains("cmd=brpoplpush")
                    || clients.contains("cmd=blmove")
            })
            .await;
            queue.retry(&operator, &id).await;
        };
        let (attempts, ()) = tokio::join!(working, retrying);
        assert_eq!(attempts.len(), 1);
        assert_eq!(attempts[0].state, "completed", "BullMQ {major}");
        let page = queue.job_page(&operator, &id).await;
        assert_eq!(state(&page), "completed");
        assert_eq!(facts(&page)["Attempts"], "3 of 2", "BullMQ {major}");
        let counts = queue.counts().await;
        assert_eq!(
            counts.into_iter().collect::<Vec<_>>(),
            [("completed".to_owned(), 1)]
        );
    }
}

#[tokio::test]
async fn a_job_that_fails_again_is_failed_again_and_can_be_retried_again() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (operator, mut redis) = (app.operator().await, app.jobs().await);
    for major in MAJORS {
        let (queue, id) = out_of_attempts(&bull, major).await;
        queue.retry(&operator, &id).await;
        let attempts = queue
            .process_with(1, json!({"failWhen": {"always": true}}))
            .await;
        assert_eq!(attempts[0].state, "failed", "BullMQ {major}");
        let change = |text: &str| text.replace("@example", "@example.com");
        queue.repair_and_retry(&operator, &id, change).await;
        let attempts = queue.finish_all(&[&id]).await;
        assert_eq!(
            attempts[0].saw, r#"{"to":"ann@example.com"}"#,
            "BullMQ {major}"
        );

        let page = queue.job_page(&operator, &id).await;
        let history = page.all("#history tbody tr").join(" ");
        assert_eq!(history.matches("applied").count(), 3, "{history}");
        assert!(!history.contains("unknown"), "{history}");
        let mut entries = redis.audit_of_jobs().await;
        entries.retain(|entry| entry.get("queue") == queue.name);
        let told: Vec<(&str, &str)> = entries
            .iter()
            .map(|entry| (entry.get("action"), entry.get("outcome")))
            .collect();
        let retried = [("job.retry", "applied")];
        let expected = [&retried[..], &[("job.edit", "applied")], &retried[..]].concat();
        assert_eq!(told, expected, "BullMQ {major}");
    }
}

#[tokio::test]
async fn a_job_that_many_retry_at_once_is_in_line_once() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (operator, mut redis) = (app.operator().await, app.jobs().await);
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let id = queue.fail(json!({})).await;
        let retries = (0..10).map(|_| queue.try_retry(&operator, &id));
        let answers = futures::future::join_all(retries).await;
        let of = |status: u16| {
            answers
                .iter()
                .filter(|answer| answer.status == status)
                .count()
        };
        assert_eq!((of(303), of(409)), (1, 9), "BullMQ {major}");
        let wait = format!("bull:{}:wait", queue.name);
        let line: Vec<String> = redis.run(&["LRANGE", &wait, "0", "-1"]).await;
        assert_eq!(line, [id.as_str()], "BullMQ {major}");
        queue.finish_all(&[&id]).await;
    }
}

#[tokio::test]
async fn only_a_job_that_has_ended_is_retried_and_nothing_else_is_touched() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (operator, mut redis) = (app.operator().await, app.jobs().await);
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        let held = queue.activate(json!({})).await;
        let delayed = queue.add(json!({"opts": {"delay": 3_600_000}})).await;
        let prioritized = queue.add(json!({"opts": {"priority": 2}})).await;
        let waiting = queue.add(json!({})).await;
        for (id, state) in [
            (&held, "active"),
            (&delayed, "delayed"),
            (&prioritized, "prioritized"),
            (&waiting, "waiting"),
        ] {
            let before = left(&mut redis, &queue.name, id).await;
            let refused = queue.try_retry(&operator, id).await;
            assert_eq!(refused.status, 409, "BullMQ {major}, {state}");
            assert!(refused.text().contains(state), "{}", refused.text());
            assert_eq!(left(&mut redis, &queue.name, id).await, before);
        }
        let gone = queue.try_retry(&operator, "no such job").await;
        assert_eq!(gone.status, 404);
    }
}
