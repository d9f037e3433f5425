//! Ids that name one of BullMQ's own keys instead of a job: they are neither shown nor changed as jobs.

use reqwest::StatusCode;

use bullkeeper_testkit::{Person, Seen, TestApp, serde_urlencoded};

async fn answers(person: &Person, queue: &str, id: &str) -> Vec<(String, Seen)> {
    let at = [("queue", queue), ("id", id)];
    let query = serde_urlencoded(&at);
    let mut answers = Vec::new();
    for path in [
        "/job?",
        "/job/edit?",
        "/job/text?text=data&",
        "/job/raw?text=data&",
        "/job/log?",
        "/events/job?stands=x&texts=x&lines=0&",
    ] {
        let answer = person.get(&format!("{path}{query}")).await;
        answers.push((path.to_owned(), Seen::of(answer).await));
    }
    let digits = "0".repeat(64);
    let form = [
        &at[..],
        &[
            ("revision", digits.as_str()),
            ("text", "[7]"),
            ("reason", "r"),
        ],
    ]
    .concat();
    for path in ["/job/review", "/job/save", "/job/retry"] {
        let answer = person.post(path, &form).await;
        answers.push((path.to_owned(), Seen::of(answer).await));
    }
    answers
}

#[tokio::test]
async fn keys_of_bullmqs_own_are_no_jobs() {
    let app = TestApp::start().await;
    let (mut jobs, operator) = (app.jobs().await, app.operator().await);
    jobs.active("email/v2", "1", "{}").await;
    let of = |id: &str| format!("bull:email/v2:{id}");
    for (command, id, more) in [
        ("XADD", "events", &["*", "event", "added"][..]),
        ("SET", "id", &["7"]),
        ("SET", "pc", &["7"]),
        ("SET", "limiter", &["7"]),
        ("SET", "stalled-check", &["7"]),
        ("SADD", "stalled", &["1"]),
        ("ZADD", "marker", &["0", "0"]),
        ("ZADD", "repeat", &["1", "hourly"]),
        ("LPUSH", "wait", &["2"]),
        ("LPUSH", "paused", &["2"]),
        ("ZADD", "completed", &["1", "3"]),
        ("ZADD", "failed", &["1", "3"]),
        ("ZADD", "delayed", &["1", "3"]),
        ("ZADD", "prioritized", &["1", "3"]),
        ("ZADD", "waiting-children", &["1", "3"]),
        ("HSET", "metrics:completed", &["count", "1"]),
        ("LPUSH", "metrics:completed:data", &["1"]),
        ("HSET", "1:processed", &["bull:kids:1", "7"]),
        ("HSET", "1:failed", &["bull:kids:2", "why"]),
        ("ZADD", "1:unsuccessful", &["1", "bull:kids:2"]),
        ("SADD", "1:dependencies", &["bull:kids:3"]),
        ("LPUSH", "1:logs", &["a line"]),
        ("SET", "de:once", &["1"]),
        ("HSET", "dn:once", &["name", "x", "data", "{}"]),
    ] {
        jobs.run::<redis::Value>(&[&[command, &of(id)], more].concat())
            .await;
    }
    let internal = [
        "meta",
        "events",
        "id",
        "pc",
        "limiter",
        "stalled-check",
        "stalled",
        "marker",
        "repeat",
        "wait",
        "paused",
        "active",
        "completed",
        "failed",
        "delayed",
        "prioritized",
        "waiting-children",
        "metrics:completed",
        "metrics:completed:data",
        "1:processed",
        "1:failed",
        "1:unsuccessful",
        "1:dependencies",
        "1:logs",
        "1:lock",
        "de:once",
        "dn:once",
    ];
    let mut stored = Vec::new();
    for id in internal {
        let bytes: Vec<u8> = jobs.run(&["DUMP", &of(id)]).await;
        stored.push(bytes);
    }
    for id in internal {
        for (path, answer) in answers(&operator, "email/v2", id).await {
            assert_eq!(
                answer.status,
                StatusCode::NOT_FOUND,
                "{id}, {path}: {}",
                answer.text()
            );
            if path.starts_with("/job?") {
                assert!(
                    answer.text().contains("a key of BullMQ's own"),
                    "{}",
                    answer.text()
                );
            }
        }
    }
    for (id, stored) in internal.into_iter().zip(stored) {
        let now: Vec<u8> = jobs.run(&["DUMP", &of(id)]).await;
        assert_eq!(now, stored, "{id}");
    }
    assert!(jobs.audit_of_jobs().await.is_empty());
}

#[tokio::test]
async fn a_job_may_be_called_as_a_key_of_bullmqs_own_could_be() {
    let app = TestApp::start().await;
    let (mut jobs, operator) = (app.jobs().await, app.operator().await);
    for id in [
        "repeat:x:123",
        "order:7:failed",
        "de:1:2",
        "repeat:once",
        "metrics:a:b",
    ] {
        jobs.failed("email/v2", id, r#"{"a":1}"#).await;
        let form = operator.edit("email/v2", id).await;
        let form = form
            .set("text", r#"{"a":2}"#)
            .set("reason", "r")
            .set("then", "retry");
        let saved = operator.send("/job/save", &form).await;
        assert_eq!(
            operator.told_after(&saved).await,
            "Saved and retried. Waiting for a worker.",
            "{id}"
        );
    }
}
