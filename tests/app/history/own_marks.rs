//! Marks that a person makes with the command line, and how many are kept.

use std::process::{Command, Output};

use bullkeeper::domain::access::scope::Scope;
use bullkeeper::domain::access::{Operator, Role};
use bullkeeper::domain::history::mark::{MarkKind, MarkTarget};
use bullkeeper::domain::queue::queue_set::QueueSet;
use bullkeeper::service::marks::add::MarkRequest;

use super::marks::{begun, marks_of};
use super::{of_queue, redis_now};
use bullkeeper_testkit::stream::counted;
use bullkeeper_testkit::{Jobs, TestApp, TestRedis, eventually};

const V6: &str = "bullmq:6.7.0";

fn request(words: &str, queues: &str) -> MarkRequest {
    MarkRequest {
        words: words.to_owned(),
        queues: queues.to_owned(),
        is_forced: false,
    }
}

/// What the audit log notes of the marks that people made.
async fn noted(jobs: &mut Jobs) -> Vec<String> {
    let mut entries = jobs.audit().await;
    entries.retain(|entry| entry.get("action") == "mark.add");
    let notes = entries.iter().map(|entry| entry.get("note").to_owned());
    notes.collect()
}

/// An application that knows a queue of each of two families.
async fn with_two_families() -> (TestApp, Jobs) {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    for queue in ["email/v1", "sms/v1"] {
        jobs.queue(queue, V6).await;
    }
    let app = TestApp::on(redis, &[]).await;
    counted(&app, 2).await;
    begun(&app).await;
    eventually("the leader has seen both", || async {
        let mut jobs = app.jobs().await;
        let fields = [
            "HMGET",
            "bullkeeper:marks-seen",
            "bull:email/v1",
            "bull:sms/v1",
        ];
        let seen: Vec<Option<String>> = jobs.run(&fields).await;
        seen.iter().all(Option::is_some)
    })
    .await;
    (app, jobs)
}

/// What `bullkeeper mark` does with these arguments.
fn mark(app: &TestApp, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bullkeeper"))
        .args(["mark", "--redis", &app.redis.url()])
        .args(arguments)
        .current_dir(std::env::temp_dir())
        .env_clear()
        .output()
        .unwrap()
}

#[tokio::test]
async fn the_command_line_marks_a_moment_with_its_entry() {
    let (app, mut jobs) = with_two_families().await;
    let done = mark(&app, &["deploy 42", "--queues", "email/*"]);
    assert!(done.status.success(), "{done:?}");
    let marks = marks_of(&app, &[], &QueueSet::All).await;
    let [made] = &marks[..] else {
        panic!("one mark: {marks:?}")
    };
    assert_eq!(made.kind, MarkKind::Custom);
    assert_eq!(made.target, MarkTarget::Pattern("email/*".to_owned()));
    assert_eq!(
        (made.words.as_str(), made.by.as_str()),
        ("deploy 42", "console")
    );
    let entries = jobs.audit().await;
    let entry = entries
        .iter()
        .find(|entry| entry.get("action") == "mark.add");
    let entry = entry.unwrap();
    assert_eq!(
        (entry.get("outcome"), entry.get("actor")),
        ("applied", "console")
    );
    assert_eq!(entry.get("note"), "\"deploy 42\" on email/*");
    assert_eq!(marks_of(&app, &[], &of_queue("email/v1")).await.len(), 1);
    assert_eq!(marks_of(&app, &[], &of_queue("sms/v1")).await, []);
    assert_eq!(marks_of(&app, &["sms/*"], &QueueSet::All).await, []);
}

#[tokio::test]
async fn the_command_line_refuses_what_is_no_mark_and_marks_what_is_unknown_only_when_told_so() {
    let (app, mut jobs) = with_two_families().await;
    let long = "x".repeat(201);
    for (refused, says) in [
        (&[long.as_str()][..], "1 to 200 characters"),
        (&[" "], "1 to 200 characters"),
        (&["two\nlines"], "U+000A"),
        (&["a\u{202e}b"], "U+202E"),
        (&["x", "--queues", ""], "1 to 200 characters"),
        (
            &["x", "--queues", "email/*,sms/*"],
            "Allowed is one pattern",
        ),
        (
            &["x", "--queues", "emial/*"],
            "mark all the same with --force",
        ),
        (
            &["x", "--queues", "v4:email/*"],
            "knows matches \"v4:email/*\"",
        ),
    ] {
        let told = mark(&app, refused);
        let error = String::from_utf8_lossy(&told.stderr);
        assert!(!told.status.success(), "{refused:?}");
        assert!(error.contains(says), "{refused:?}: {error}");
    }
    assert_eq!(noted(&mut jobs).await, [""; 0]);
    let forced = mark(&app, &["v9 is to come", "--queues", "email/v9", "--force"]);
    assert!(forced.status.success(), "{forced:?}");
    let notes = noted(&mut jobs).await;
    assert_eq!(notes, ["\"v9 is to come\" on email/v9"]);
    let viewer = Operator::new(
        Operator::console().actor().clone(),
        Role::Viewer,
        Scope::everything(),
        Operator::console().origin().clone(),
        false,
    );
    let refused = app.services.add_mark(&viewer, &request("no", "*")).await;
    assert!(refused.is_err(), "a viewer marks nothing");
}

#[tokio::test]
async fn a_thousand_marks_are_kept_and_none_older_than_ninety_days() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let now = redis_now(&mut jobs).await;
    let fill = "for i = 1, ARGV[1] do
  redis.call('ZADD', KEYS[1], ARGV[2] + i, 'm' .. i)
  redis.call('HSET', KEYS[2], 'm' .. i, '{}')
end";
    let (times, marks) = ("bullkeeper:marks-by-time", "bullkeeper:marks");
    for (count, from) in [("1200", now - 10_000_000), ("50", now - 91 * 86_400_000)] {
        jobs.run::<()>(&["EVAL", fill, "2", times, marks, count, &from.to_string()])
            .await;
    }
    let console = Operator::console();
    app.services
        .add_mark(&console, &request("new", "*"))
        .await
        .unwrap();
    let (kept, oldest): (u64, Vec<String>) = (
        jobs.run(&["ZCARD", times]).await,
        jobs.run(&["ZRANGE", times, "0", "0"]).await,
    );
    assert_eq!((kept, oldest), (1_000, vec!["m202".to_owned()]));
    assert_eq!(jobs.run::<u64>(&["HLEN", marks]).await, 1_000);
}
