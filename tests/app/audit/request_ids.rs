//! A request's id: the same in the answer, on each of its log lines and in its audit entry.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;

use bullkeeper_testkit::{
    Jobs, PASSWORD, Person, TestRedis, eventually, free_port, make_users, retry,
};
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

use crate::program::{Started, program};

/// The program, with its log in a file.
struct LoggedProgram {
    redis: TestRedis,
    _started: Started,
    log: tempfile::NamedTempFile,
    port: u16,
}

impl LoggedProgram {
    async fn start(more: &[&str]) -> Self {
        let redis = TestRedis::start().await;
        let url = redis.url();
        make_users(&redis).await;
        let (port, log) = (free_port(), tempfile::NamedTempFile::new().unwrap());
        let bind = format!("127.0.0.1:{port}");
        let words = ["serve", "--redis", &url, "--bind", &bind];
        let words = [&words[..], &["--log-format", "json"], more].concat();
        let child = program(&words)
            .stdout(Stdio::null())
            .stderr(Stdio::from(File::create(log.path()).unwrap()))
            .spawn()
            .unwrap();
        let started = Started {
            child,
            lines: Vec::new(),
        };
        eventually("the program answers", || async {
            reqwest::get(format!("http://{bind}/healthz")).await.is_ok()
        })
        .await;
        Self {
            redis,
            _started: started,
            log,
            port,
        }
    }

    fn person(&self) -> Person {
        Person::new(([127, 0, 0, 1], self.port).into(), "")
    }

    /// The log lines of the request with this id, once the request's own line is there.
    async fn lines_of(&self, id: &str) -> Vec<Value> {
        let path = self.log.path();
        eventually("the request is in the log", || async {
            let lines = lines_within(path, id);
            lines.iter().any(|line| line["message"] == "request")
        })
        .await;
        lines_within(path, id)
    }
}

fn lines_within(log: &Path, id: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(log).unwrap();
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let within = |line: &Value| {
        let spans = line["spans"].as_array().into_iter().flatten();
        spans.into_iter().any(|span| span["request"] == id)
    };
    lines.filter(within).collect()
}

fn id_of(answer: &Response) -> String {
    let id = &answer.headers()["x-request-id"];
    id.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_answer_its_log_lines_and_its_audit_entry_have_one_id() {
    let program = LoggedProgram::start(&[]).await;
    let mut jobs = Jobs(program.redis.connect().await);
    jobs.queue("email/v2", "bullmq:6.7.0").await;
    jobs.failed("email/v2", "1", retry::DATA).await;
    let admin = program.person();
    let answer = admin.sign_in("admin", PASSWORD).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let signed_in = id_of(&answer);

    let form = [("queue", "email/v2"), ("id", "1")];
    let answer = admin.post("/job/retry", &form).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let retried = id_of(&answer);
    let answer = admin.get("/audit/export?format=csv").await;
    assert_eq!(answer.status(), StatusCode::OK);
    let exported = id_of(&answer);
    answer.text().await.unwrap();

    eventually("all are recorded", || {
        let mut jobs = Jobs(jobs.0.clone());
        async move {
            let entries = jobs.audit().await;
            entries
                .iter()
                .any(|entry| entry.get("action") == "audit.export")
        }
    })
    .await;
    let entries = jobs.audit().await;
    for (action, id) in [
        ("session.sign-in", &signed_in),
        ("job.retry", &retried),
        ("audit.export", &exported),
    ] {
        let entry = entries.iter().find(|entry| entry.get("action") == action);
        assert_eq!(entry.unwrap().get("request"), id, "{action}");
        let lines = program.lines_of(id).await;
        assert!(
            lines.iter().any(|line| line["message"] == "request"),
            "{lines:?}"
        );
    }
    // A line that a service logs, not only the line that each request has.
    let lines = program.lines_of(&exported).await;
    let begins = "an export of entries begins";
    assert!(
        lines.iter().any(|line| line["message"] == begins),
        "{lines:?}"
    );
}

#[tokio::test]
async fn only_a_trusted_proxy_gives_a_request_its_id_and_only_a_short_plain_one() {
    let (long, odd) = ("a".repeat(65), "two words");
    for (more, kept) in [
        (&[][..], None),
        (&["--trusted-proxies", "127.0.0.1"], Some("edge-42")),
    ] {
        let program = LoggedProgram::start(more).await;
        for given in ["edge-42", &long, odd] {
            let request = program.person().bare(Method::GET, "/sign-in");
            let answer = request.header("x-request-id", given).send().await.unwrap();
            let ids = answer.headers().get_all("x-request-id");
            assert_eq!(ids.iter().count(), 1);
            let id = id_of(&answer);
            assert_eq!(id == given, kept == Some(given), "{given} became {id}");
            assert!(!program.lines_of(&id).await.is_empty());
        }
        let log = std::fs::read_to_string(program.log.path()).unwrap();
        assert!(!log.contains(&long) && !log.contains(odd), "{log}");
    }
}
