//! A memory budget for large texts: how many bytes the work on them may take at once, however many people ask.
//!
//! Work on a large text takes its share of the budget first, and gives it back once the answer is sent. If the budget is
//! used up, it waits in turn for a limited time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::service::error::ServiceError;

/// The budget, in bytes. Work that needs more takes all of it.
const ALL: u64 = 48 * 1024 * 1024;

/// Work that needs less than this takes no share, in bytes.
const SMALL: u64 = 512 * 1024;

/// The unit of the budget, in bytes.
const UNIT: u64 = 1024;

/// How many times its size a job's data takes while it is worked on.
pub(crate) const DATA_TAKES: u64 = 10;

/// How long a reader waits, and how long one who sends a text.
pub(crate) const BRIEFLY: Duration = Duration::from_secs(5);
/// How long a person who sent a text waits: sending it again is more trouble than opening a page again.
pub(crate) const PATIENTLY: Duration = Duration::from_secs(20);

/// The budget.
#[derive(Debug, Clone)]
pub struct MemoryBudget(Arc<Semaphore>);

/// A share of the budget, given back when it is dropped.
#[derive(Debug, Default)]
pub struct BudgetShare(Option<OwnedSemaphorePermit>);

impl BudgetShare {
    /// Whether no share was needed.
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
    /// Takes a share of so many bytes.
    ///
    /// # Errors
    ///
    /// [`ServiceError::Busy`] if there is none within `patience`.
    pub async fn take(&self, bytes: u64, patience: Duration) -> Result<BudgetShare, ServiceError> {
        if bytes < SMALL {
            return Ok(BudgetShare::default());
        }
        let units = (bytes.min(ALL) / UNIT) as u32;
        let turn = Arc::clone(&self.0).acquire_many_owned(units);
        match tokio::time::timeout(patience, turn).await {
            // The semaphore is never closed. Without a permit the work is merely not held back.
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
