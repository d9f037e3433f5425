//! Room for large texts: how many bytes of memory the work on them may take at once, however many people ask.
//!
//! Whoever works on a large text takes room for what that costs, and gives it back once the answer is sent. Where there
//! is none they wait in turn, and not for long.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::ServiceError;

/// The room there is, in bytes. One piece of work that needs more has all of it to itself.
const ALL: u64 = 48 * 1024 * 1024;

/// Work that needs less takes no room.
const SMALL: u64 = 512 * 1024;

/// What room is counted in, in bytes.
const UNIT: u64 = 1024;

/// How many times its size a job's data takes while it is worked on.
pub(crate) const DATA_TAKES: u64 = 10;

/// How long a reader waits, and how long one who sends a text.
pub(crate) const BRIEFLY: Duration = Duration::from_secs(5);
/// Sending a text again is more trouble than opening a page again.
pub(crate) const PATIENTLY: Duration = Duration::from_secs(20);

/// Room for large texts.
#[derive(Debug, Clone)]
pub struct MemoryBudget(Arc<Semaphore>);

/// Room that was taken; given back when it is dropped.
#[derive(Debug, Default)]
pub struct BudgetShare(Option<OwnedSemaphorePermit>);

impl BudgetShare {
    /// Whether none had to be taken.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }
}

impl Default for MemoryBudget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new((ALL / UNIT) as usize)))
    }
}

impl MemoryBudget {
    /// Takes room for work that needs so many bytes.
    ///
    /// # Errors
    /// [`ServiceError::Busy`] where there is none within `patience`.
    pub async fn take(&self, bytes: u64, patience: Duration) -> Result<BudgetShare, ServiceError> {
        if bytes < SMALL {
            return Ok(BudgetShare::default());
        }
        let units = (bytes.min(ALL) / UNIT) as u32;
        let turn = Arc::clone(&self.0).acquire_many_owned(units);
        match tokio::time::timeout(patience, turn).await {
            // Nobody closes the semaphore; without a permit the work is only not held back.
            Ok(permit) => Ok(BudgetShare(permit.ok())),
            Err(_) => Err(ServiceError::Busy(
                "Other people are working on large texts, and there is no memory for one more now."
                    .to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const NOW: Duration = Duration::from_millis(1);

    #[tokio::test]
    async fn there_is_room_until_it_is_taken_and_again_once_it_is_given_back() {
        let room = MemoryBudget::default();
        let half = room.take(ALL / 2, NOW).await.unwrap();
        let other = room.take(ALL / 2, NOW).await.unwrap();
        assert!(matches!(
            room.take(SMALL, NOW).await,
            Err(ServiceError::Busy(_))
        ));
        assert!(room.take(SMALL - 1, NOW).await.is_ok());
        drop((half, other));
        assert!(room.take(100 * ALL, NOW).await.is_ok());
    }
}
