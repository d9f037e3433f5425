//! The real BullMQ in a test: queues of one major, their jobs, and a worker that reports what it saw.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::harness::node::{Node, TIMEOUT_MS};
use bullkeeper_testkit::TestApp;

/// The majors whose queues Bullkeeper reads, edits and retries.
pub const MAJORS: [u32; 3] = [4, 5, 6];

/// An application with the defaults, except for a long Redis time-out: a machine that runs many tests may be slow.
pub async fn patient_app() -> TestApp {
    patient_app_with(&[]).await
}

/// The same with `settings` over the defaults.
pub async fn patient_app_with(settings: &[(&str, &str)]) -> TestApp {
    TestApp::with(&[&[("redis_timeout", "15s")], settings].concat()).await
}

/// The real BullMQ on a test's Redis.
#[derive(Clone)]
pub struct Bull {
    node: Arc<Node>,
    port: u16,
}

/// A queue as BullMQ of one major opens it.
#[derive(Clone)]
pub struct Queue {
    bull: Bull,
    major: u32,
    pub prefix: String,
    pub name: String,
}

impl Bull {
    pub fn on(app: &TestApp) -> Self {
        Self {
            node: Arc::new(Node::start()),
            port: app.redis.port,
        }
    }

    pub fn queue(&self, major: u32, name: &str) -> Queue {
        self.queue_under("bull", major, name)
    }

    pub fn queue_under(&self, prefix: &str, major: u32, name: &str) -> Queue {
        Queue {
            bull: self.clone(),
            major,
            prefix: prefix.to_owned(),
            name: name.to_owned(),
        }
    }
}

/// One attempt of a worker: what it saw, and the outcome.
#[derive(Debug)]
pub struct Attempt {
    pub id: String,
    /// The state of the job afterwards.
    pub state: String,
    /// `JSON.stringify` of the data that the worker was given.
    pub saw: String,
    /// The stored bytes of the data at that moment.
    pub raw: Vec<u8>,
}

impl Queue {
    /// Requests an operation; any error from Node ends the test.
    pub async fn ask(&self, op: &str, more: Value) -> Value {
        let mut request = json!({
            "op": op, "major": self.major, "port": self.bull.port, "prefix": self.prefix,
            "queue": self.name, "timeout": TIMEOUT_MS,
        });
        for (name, value) in more.as_object().unwrap() {
            request[name] = value.clone();
        }
        match self.bull.node.ask(request).await {
            Ok(answer) => answer,
            Err(error) => panic!(
                "BullMQ {}, {op} {more} of {:?}: {error}\n{}",
                self.major,
                self.name,
                self.bull.node.complaints()
            ),
        }
    }

    /// The same queue as BullMQ of another major opens it.
    pub fn by(&self, major: u32) -> Self {
        Self {
            major,
            ..self.clone()
        }
    }

    async fn made(&self, op: &str, job: Value) -> String {
        let answer = self.ask(op, job).await;
        answer["jobId"].as_str().unwrap().to_owned()
    }

    pub async fn add(&self, job: Value) -> String {
        self.made("add", job).await
    }

    /// Makes a job that failed without attempts left.
    pub async fn fail(&self, job: Value) -> String {
        self.made("fail", job).await
    }

    pub async fn complete(&self, job: Value) -> String {
        self.made("complete", job).await
    }

    /// Makes a job that a worker holds until it is released.
    pub async fn activate(&self, job: Value) -> String {
        self.made("activate", job).await
    }

    /// Lets the worker finish the job; returns its state afterwards.
    pub async fn release(&self, id: &str) -> String {
        let answer = self.ask("release", json!({"jobId": id})).await;
        answer["state"].as_str().unwrap_or_default().to_owned()
    }

    pub async fn pause(&self) {
        self.ask("pause", json!({})).await;
    }

    pub async fn resume(&self) {
        self.ask("resume", json!({})).await;
    }

    pub async fn state(&self, id: &str) -> String {
        let answer = self.ask("getState", json!({"jobId": id})).await;
        answer["state"].as_str().unwrap().to_owned()
    }

    /// The job as BullMQ reads it.
    pub async fn job(&self, id: &str) -> Value {
        let mut answer = self.ask("getJob", json!({"jobId": id})).await;
        answer["job"].take()
    }

    /// How many jobs BullMQ counts in each state that has any.
    pub async fn counts(&self) -> BTreeMap<String, u64> {
        let answer = self.ask("counts", json!({})).await;
        let counts = answer.as_object().unwrap().iter();
        counts
            .map(|(state, count)| (state.clone(), count.as_u64().unwrap()))
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    /// Processes the queue with a real worker until `count` jobs are finished.
    pub async fn process(&self, count: usize) -> Vec<Attempt> {
        self.process_with(count, json!({})).await
    }

    /// The same, with `failWhen` and other fields of the operation.
    pub async fn process_with(&self, count: usize, mut more: Value) -> Vec<Attempt> {
        more["count"] = count.into();
        let answer = self.ask("process", more).await;
        assert_eq!(
            answer["timedOut"],
            json!(false),
            "{} of BullMQ {} did not finish {count} jobs: {answer}",
            self.name,
            self.major
        );
        let attempts = answer["jobs"].as_array().unwrap().iter();
        attempts.map(Attempt::read).collect()
    }

    /// Finishes `ids`, which must be all there is to do, each successfully and once.
    pub async fn finish_all(&self, ids: &[&str]) -> Vec<Attempt> {
        let attempts = self.process(ids.len()).await;
        let mut done: Vec<&str> = attempts.iter().map(|attempt| attempt.id.as_str()).collect();
        let mut wanted = ids.to_vec();
        done.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(done, wanted, "BullMQ {}", self.major);
        for id in ids {
            assert_eq!(
                self.state(id).await,
                "completed",
                "job {id} of BullMQ {}",
                self.major
            );
        }
        attempts
    }
}

impl Attempt {
    fn read(row: &Value) -> Self {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        Self {
            id: text("id"),
            state: text("state"),
            saw: text("data"),
            raw: match row["rawBase64"].as_str() {
                Some(encoded) => STANDARD.decode(encoded).unwrap(),
                None => text("raw").into_bytes(),
            },
        }
    }
}
