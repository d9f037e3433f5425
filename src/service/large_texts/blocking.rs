//! Runs work on large texts off the async threads.

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tracing::Span;

use crate::service::error::ServiceError;

/// Texts up to this size, in bytes, are handled on the current thread: handing them over would take longer.
const SMALL: usize = 16 * 1024;

/// How much large work is done at once. More would mostly take memory.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Runs `work` here if `size` is small, otherwise off the async threads, in turn.
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

/// Runs `work` off the async threads, in the caller's log span, so that its log lines have the request's id.
pub(crate) fn spawn_blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    let span = Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
}
