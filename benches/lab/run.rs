//! How a benchmark is run: only when it is asked for, within a time, with the numbers that are given to it.

use std::time::Duration;

use super::Result;

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
