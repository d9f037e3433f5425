//! How a benchmark is run: only when it is asked for, within a time, with the numbers that are given to it.

use std::time::Duration;

use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;

use super::Result;
use super::client::Answer;

/// Runs the benchmark of this name to its end, or for that long.
pub(crate) fn run(
    name: &str,
    within: Duration,
    bench: impl Future<Output = Result<()>>,
) -> Result<()> {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("this is a benchmark: run it by `cargo bench --bench {name}`");
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async { tokio::time::timeout(within, bench).await? })
}

/// A number that is given as `name=number`.
pub(crate) fn given(name: &str) -> Option<usize> {
    std::env::args()
        .find_map(|argument| argument.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}

/// The middle one.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Waits until the run is done that an answer leads to.
pub(crate) async fn bullkeeper_run_ends(
    redis: &mut MultiplexedConnection,
    answer: &Answer<'_>,
) -> Result<()> {
    let location = answer
        .header("location")
        .and_then(|to| to.rsplit('=').next());
    let run = location.ok_or_else(|| format!("beginning was answered with {}", answer.status))?;
    let key = format!("bullkeeper:run:{run}");
    loop {
        let state: String = redis.hget(&key, "state").await?;
        match state.as_str() {
            "running" => tokio::time::sleep(Duration::from_millis(5)).await,
            "done" => return Ok(()),
            other => return Err(format!("the run is {other}").into()),
        }
    }
}
