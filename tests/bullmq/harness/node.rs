//! The process of `bullmq.mjs`: one JSON request a line, one answer a line, matched by id. It ends with the test.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::oneshot;

/// How long an operation may take in Node, in milliseconds.
pub const TIMEOUT_MS: u64 = 20_000;

/// How long to wait for an answer: longer than Node's own time-out, whose message is better.
const PATIENCE: Duration = Duration::from_secs(130);

type Answer = Result<Value, String>;
type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Answer>>>>;

/// A Node process with the three majors of BullMQ.
pub struct Node {
    // Killed when it is dropped.
    _process: Child,
    input: tokio::sync::Mutex<ChildStdin>,
    waiting: Waiting,
    complaints: Arc<Mutex<String>>,
    next: AtomicU64,
}

impl Node {
    pub fn start() -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bullmq/node");
        let mut process = Command::new("node")
            .arg("bullmq.mjs")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node is needed, and `npm ci` in tests/bullmq: scripts/test does both");
        let waiting = Waiting::default();
        let complaints = Arc::new(Mutex::new(String::new()));
        let input = process.stdin.take().unwrap();
        let (output, errors) = (
            process.stdout.take().unwrap(),
            process.stderr.take().unwrap(),
        );
        tokio::spawn(deliver(output, Arc::clone(&waiting)));
        tokio::spawn(collect(errors, Arc::clone(&complaints)));
        Self {
            _process: process,
            input: tokio::sync::Mutex::new(input),
            waiting,
            complaints,
            next: AtomicU64::new(1),
        }
    }

    /// Sends a request and waits for its answer, or for the error that Node answers.
    pub async fn ask(&self, mut request: Value) -> Answer {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        request["id"] = id.into();
        let (sender, answer) = oneshot::channel();
        self.waiting.lock().unwrap().insert(id, sender);
        let line = format!("{request}\n");
        let sent = self.input.lock().await.write_all(line.as_bytes()).await;
        let answer = match sent {
            Ok(()) => tokio::time::timeout(PATIENCE, answer).await,
            Err(error) => return Err(format!("Node takes no request: {error}")),
        };
        match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err("Node ended before it answered".to_owned()),
            Err(_) => Err("Node did not answer in time".to_owned()),
        }
    }

    /// What Node printed beside its answers.
    pub fn complaints(&self) -> String {
        self.complaints.lock().unwrap().clone()
    }
}

async fn deliver(output: impl AsyncRead + Unpin, waiting: Waiting) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut answer: Value = serde_json::from_str(&line).unwrap();
        let Some(id) = answer["id"].as_u64() else {
            continue;
        };
        let answer = match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer["ok"].take()),
        };
        if let Some(sender) = waiting.lock().unwrap().remove(&id) {
            // The caller may have given up.
            let _ = sender.send(answer);
        }
    }
    // Callers that still wait learn that no answer will come.
    waiting.lock().unwrap().clear();
}

async fn collect(errors: impl AsyncRead + Unpin, complaints: Arc<Mutex<String>>) {
    let mut lines = BufReader::new(errors).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut all = complaints.lock().unwrap();
        all.push_str(&line);
        all.push('\n');
    }
}
