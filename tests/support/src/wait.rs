//! Waiting until something is true, and the time.

use std::time::{Duration, Instant};

/// How long a condition may take to come true, on a machine that runs several tests at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `condition` holds.
pub async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < PATIENCE, "it never came true: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Milliseconds since 1970.
pub fn now() -> u64 {
    bullkeeper::clock::unix_millis()
}
