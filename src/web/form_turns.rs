//! Turns for forms that are large: each takes several times its size in memory while it is worked on.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many large forms are worked on at once.
const AT_ONCE: usize = 4;

/// A form up to this size, in bytes, needs no turn.
const SMALL: u64 = 256 * 1024;

/// Turns for large forms. Who is not signed in has one of their own, so that they hold nobody up.
#[derive(Debug, Clone)]
pub struct FormTurns {
    known: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
}

impl Default for FormTurns {
    fn default() -> Self {
        Self {
            known: Arc::new(Semaphore::new(AT_ONCE)),
            strangers: Arc::new(Semaphore::new(1)),
        }
    }
}

impl FormTurns {
    /// Waits for a turn with a form of `size` bytes, or of a size nobody says.
    pub(super) async fn take(
        &self,
        size: Option<u64>,
        known: bool,
    ) -> Option<OwnedSemaphorePermit> {
        if size.is_some_and(|size| size <= SMALL) {
            return None;
        }
        let turns = if known { &self.known } else { &self.strangers };
        // Nobody closes the semaphores; without a permit a form is only not held back.
        Arc::clone(turns).acquire_owned().await.ok()
    }
}
