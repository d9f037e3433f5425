//! Work that takes long on large texts, off the async threads.

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tracing::Span;

use super::error::ServiceError;

/// Texts up to this size, in bytes, are worked on where they are: handing them over would take longer.
const SMALL: usize = 16 * 1024;

/// How much large work is done at once: more than there are processors would only take memory.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Runs `work` here where `size` is small, and off the async threads, in turn, where it is not.
pub(crate) async fn run_blocking<T: Send + 'static>(
    size: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ServiceError> {
    if size <= SMALL {
        return Ok(work());
    }
    let _turn = TURNS.acquire().await;
    spawn_blocking(work)
        .await
        .map_err(|error| ServiceError::Broken(error.to_string()))
}

/// Runs `work` off the async threads. What it logs has the span of whoever asked, and so the id of their request.
pub(crate) fn spawn_blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    let span = Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
}
