//! Turns for pages that search far through the audit log, so that many at once do not keep Redis busy.

use tokio::sync::{Semaphore, SemaphorePermit};

/// How many pages may search far at once.
const AT_ONCE: usize = 2;

/// The turns.
#[derive(Debug)]
pub(crate) struct DeepLooks(Semaphore);

impl Default for DeepLooks {
    fn default() -> Self {
        Self(Semaphore::new(AT_ONCE))
    }
}

impl DeepLooks {
    /// Waits for a turn, which lasts until it is dropped.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.0.acquire().await.ok()
    }
}
