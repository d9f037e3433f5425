//! Bullkeeper as a process of its own, which a test may kill in the middle of a run.

use std::net::SocketAddr;
use std::process::Stdio;

use tokio::process::{Child, Command};

use crate::stored::bullmq_keys::Jobs;
use crate::{Person, eventually};

/// Starts the `program` on a Redis, and waits until it answers.
pub async fn serve(program: &str, redis: &str, address: SocketAddr) -> Child {
    serve_with(program, redis, address, &[]).await
}

/// The same with more flags.
pub async fn serve_with(program: &str, redis: &str, address: SocketAddr, more: &[&str]) -> Child {
    let process = Command::new(program)
        .args(["serve", "--redis", redis, "--bind", &address.to_string()])
        .args([
            "--redis-timeout",
            "15s",
            "--discovery",
            "100ms",
            "--changes-per-minute",
            "0",
        ])
        .args(more)
        .current_dir(std::env::temp_dir())
        .env_clear()
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let person = Person::new(address, "");
    eventually("it answers", || async {
        let request = person.bare(reqwest::Method::GET, "/healthz").send();
        request.await.is_ok_and(|answer| answer.status() == 200)
    })
    .await;
    process
}

/// How many jobs the run at the address `run` is done with, as its pieces count them.
pub async fn done_by(jobs: &mut Jobs, run: &str) -> u64 {
    let key = format!("bullkeeper:run:{}", id_of(run));
    let done: Option<u64> = jobs.run(&["HGET", &key, "done"]).await;
    done.unwrap_or(0)
}

/// Ends the lease of a run whose process was killed at once. It would end by itself after some seconds.
pub async fn end_lease(jobs: &mut Jobs, run: &str) {
    let key = format!("bullkeeper:run-lease:{}", id_of(run));
    jobs.run::<u64>(&["DEL", &key]).await;
}

fn id_of(run: &str) -> &str {
    run.rsplit('=').next().unwrap()
}
