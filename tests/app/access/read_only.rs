//! `read_only`: every page works for every role, every change is refused, and nothing is written, whether the Redis user
//! could write or not.

use std::collections::{BTreeMap, HashMap};

use redis::{FromRedisValue, Value};
use reqwest::StatusCode;

use bullkeeper_testkit::{Jobs, PASSWORD, Person, Seen, TestApp, TestRedis, eventually};

const PAGES: [&str; 21] = [
    "/search/export?q=data.a+%3D+1&queue=email%2Fv2&format=jsonl",
    "/",
    "/overview/figures",
    "/queue?name=email%2Fv2",
    "/queue?name=email%2Fv2&state=waiting",
    "/queue/figures?name=email%2Fv2&state=failed",
    "/family?name=email",
    "/family/figures?name=email&versions=email/v2&seen=1-1",
    "/job?queue=email%2Fv2&id=1",
    "/job?queue=email%2Fv2&id=2",
    "/job/text?queue=email%2Fv2&id=1&text=data",
    "/job/raw?queue=email%2Fv2&id=1&text=data",
    "/job/log?queue=email%2Fv2&id=1",
    "/job/log/download?queue=email%2Fv2&id=1",
    "/workers",
    "/workers?queue=email%2Fv2",
    "/redis",
    "/account",
    "/history",
    "/family/history?name=email&range=7d",
    "/queue/history.csv?name=email/v2",
];

const AUDIT: [&str; 3] = [
    "/audit",
    "/audit/export?format=jsonl",
    "/audit/export?format=csv",
];

/// The Redis users that Bullkeeper runs as: one with only read rights, one that may not list the clients either, and one
/// with all rights.
const READER: &str = "+@read +@connection -@write +time";
const READER_WITHOUT_CLIENTS: &str = "+@read +@connection -@write -client|list +time";
const READER_WITHOUT_TIME: &str = "+@read +@connection -@write";
const ANYTHING: &str = "+@all";

async fn app_that_reads_with(rights: &str) -> TestApp {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    jobs.waiting("email/v2", "2", r#"{"a":1}"#).await;
    jobs.run::<()>(&["RPUSH", "bull:email/v2:1:logs", "a line"])
        .await;
    let mut reader = vec![
        "ACL",
        "SETUSER",
        "reader",
        "on",
        ">readers-word",
        "~*",
        "&*",
        "-@all",
    ];
    reader.extend(rights.split(' '));
    jobs.run::<()>(&reader).await;
    let url = format!("redis://reader:readers-word@127.0.0.1:{}/", redis.port);
    TestApp::on(redis, &[("redis", &url), ("read_only", "true")]).await
}

/// Everything in Redis: each key with its content, sorted where Redis has no order.
async fn everything(jobs: &mut Jobs) -> BTreeMap<String, Vec<String>> {
    let keys: Vec<String> = jobs.run(&["KEYS", "*"]).await;
    let mut all = BTreeMap::new();
    for key in keys {
        let kind: String = jobs.run(&["TYPE", &key]).await;
        let read = match kind.as_str() {
            "hash" => ["HGETALL", &key].to_vec(),
            "set" => ["SMEMBERS", &key].to_vec(),
            "list" => ["LRANGE", &key, "0", "-1"].to_vec(),
            "zset" => ["ZRANGE", &key, "0", "-1", "WITHSCORES"].to_vec(),
            "stream" => ["XRANGE", &key, "-", "+"].to_vec(),
            _ => ["GET", &key].to_vec(),
        };
        let held = match (kind.as_str(), jobs.run::<Value>(&read).await) {
            ("hash", Value::Array(fields)) => sorted(fields.chunks(2)),
            ("set", Value::Array(members)) => sorted(members.chunks(1)),
            (_, ordered) => vec![format!("{ordered:?}")],
        };
        all.insert(key, held);
    }
    all
}

fn sorted<'a>(parts: impl Iterator<Item = &'a [Value]>) -> Vec<String> {
    let mut parts: Vec<String> = parts.map(|part| format!("{part:?}")).collect();
    parts.sort();
    parts
}

/// The commands that Redis refused to its user, from its ACL log.
async fn refused_by_redis(jobs: &mut Jobs) -> Vec<String> {
    let log: Vec<HashMap<String, Value>> = jobs.run(&["ACL", "LOG", "100"]).await;
    let tried = log
        .iter()
        .map(|entry| String::from_redis_value_ref(&entry["object"]).unwrap());
    tried.collect()
}

async fn everybody(app: &TestApp) -> [Person; 3] {
    [app.viewer().await, app.operator().await, app.admin().await]
}

#[tokio::test]
async fn every_page_works_and_nothing_is_written_whatever_the_redis_user_may() {
    for rights in [READER, READER_WITHOUT_CLIENTS, ANYTHING] {
        let app = app_that_reads_with(rights).await;
        let mut jobs = app.jobs().await;
        let before = everything(&mut jobs).await;
        let people = everybody(&app).await;
        for person in &people {
            for path in PAGES {
                let page = Seen::of(person.get(path).await).await;
                assert_eq!(
                    page.status,
                    StatusCode::OK,
                    "{path} with {rights}: {}",
                    page.body
                );
            }
        }
        let [viewer, keepers @ ..] = &people;
        for path in AUDIT {
            assert_eq!(
                viewer.get(path).await.status(),
                StatusCode::FORBIDDEN,
                "{path}"
            );
            for person in keepers {
                assert_eq!(person.get(path).await.status(), StatusCode::OK, "{path}");
            }
        }
        assert_eq!(everything(&mut jobs).await, before, "with {rights}");
        let tried = refused_by_redis(&mut jobs).await;
        // INFO is not a command that reads keys: the page about Redis says that it may not.
        let (info, others): (Vec<_>, Vec<_>) = tried.iter().partition(|object| *object == "info");
        assert_eq!(info.is_empty(), rights == ANYTHING, "{tried:?}");
        let only_clients = others.iter().all(|object| object.starts_with("client|"));
        assert!(only_clients, "with {rights} it tried {tried:?}");
        assert_eq!(
            others.is_empty(),
            rights != READER_WITHOUT_CLIENTS,
            "{tried:?}"
        );
    }
}

#[tokio::test]
async fn every_change_is_refused_and_the_page_says_why() {
    for rights in [READER, ANYTHING] {
        let app = app_that_reads_with(rights).await;
        let mut jobs = app.jobs().await;
        let before = everything(&mut jobs).await;
        let revision = "0".repeat(64);
        let edit = [
            ("queue", "email/v2"),
            ("id", "1"),
            ("revision", &revision),
            ("opened", r#"{"a":1}"#),
            ("text", r#"{"a":2}"#),
            ("reason", "r"),
        ];
        let new = "another long passphrase";
        let words = [("present", PASSWORD), ("new", new), ("again", new)];
        for (who, person) in ["viewer", "operator", "admin"]
            .iter()
            .zip(everybody(&app).await)
        {
            let mut answers = vec![
                (
                    "GET /job/edit",
                    person.get("/job/edit?queue=email%2Fv2&id=1").await,
                ),
                ("/account", person.post("/account", &words).await),
                ("/job/retry", person.post("/job/retry", &edit[..2]).await),
            ];
            for path in ["/job/edit", "/job/review", "/job/save"] {
                answers.push((path, person.post(path, &edit).await));
            }
            for (path, answer) in answers {
                let page = Seen::of(answer).await;
                assert_eq!(
                    page.status,
                    StatusCode::FORBIDDEN,
                    "{who} {path}: {}",
                    page.text()
                );
                let for_the_role = *who == "viewer" && path != "/account";
                let why = if for_the_role {
                    "a viewer may not"
                } else {
                    "--read-only"
                };
                let text = page.text().to_lowercase();
                assert!(text.contains(why), "{who} {path}: {text}");
            }
            let job = person.page("/job?queue=email%2Fv2&id=1").await;
            assert!(job.text().contains("read-only"), "every page says so");
            let offers = job.attributes("main form, main a.btn.primary", "action");
            assert!(
                offers.is_empty(),
                "nothing is offered that would be refused: {offers:?}"
            );
        }
        assert_eq!(everything(&mut jobs).await, before);
        let tried = refused_by_redis(&mut jobs).await;
        assert!(tried.is_empty(), "not even tried: {tried:?}");
    }
}

#[tokio::test]
async fn sessions_and_failed_sign_ins_are_kept_in_memory() {
    let app = app_that_reads_with(READER).await;
    let mut jobs = app.jobs().await;
    let before = everything(&mut jobs).await;
    let person = app.operator().await;
    assert_eq!(
        person.post("/sign-out", &[]).await.status(),
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        person.get("/").await.status(),
        StatusCode::SEE_OTHER,
        "the session has ended"
    );
    assert_eq!(app.operator().await.get("/").await.status(), StatusCode::OK);

    let guesser = app.stranger();
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(
            guesser
                .sign_in("admin", "a guess at a password")
                .await
                .status(),
        );
    }
    assert_eq!(answers[0], StatusCode::UNAUTHORIZED);
    assert!(
        answers.contains(&StatusCode::TOO_MANY_REQUESTS),
        "guessing gets slower: {answers:?}"
    );
    assert_eq!(everything(&mut jobs).await, before);
    assert!(refused_by_redis(&mut jobs).await.is_empty());
}

#[tokio::test]
async fn workers_that_may_not_be_counted_are_unknown_and_not_none() {
    for (rights, workers, told_unattended) in [
        (READER, "0", true),
        (READER_WITHOUT_TIME, "0", true),
        (READER_WITHOUT_CLIENTS, "unknown", false),
    ] {
        let app = app_that_reads_with(rights).await;
        let viewer = app.viewer().await;
        eventually("the queue is counted", || async {
            let page = viewer.page("/").await;
            page.all("td[data-l=workers]") == [workers]
        })
        .await;
        let page = viewer.page("/").await;
        assert_eq!(
            page.all(".chip").contains(&"stranded".to_owned()),
            told_unattended,
            "{rights}: {}",
            page.text()
        );
    }
}
