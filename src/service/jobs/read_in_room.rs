//! Reading a job's data for work on it, within the memory that all such work may take.

use crate::domain::job::{JobId, StoredJob};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::memory_budget::{BRIEFLY, BudgetShare, DATA_TAKES};

/// Data up to this size, in bytes, is read at once: it needs no room.
const SMALL: u64 = 32 * 1024;

impl Services {
    /// The job with its data, and the room that the data takes. Data larger than `max_data_bytes` is not read.
    ///
    /// # Errors
    /// [`ServiceError::Busy`] where there is no room.
    pub(crate) async fn job_in_room(
        &self,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<Option<(StoredJob, BudgetShare)>, ServiceError> {
        let limit = self.rules.max_data_bytes;
        let mut most = limit.min(SMALL);
        let mut room = BudgetShare::default();
        loop {
            let Some(job) = self.store.stored_job(queue, id, most).await? else {
                return Ok(None);
            };
            if job.size <= most || job.size > limit {
                return Ok(Some((job, room)));
            }
            // It may have grown since; then it is measured again.
            most = job.size;
            drop(room);
            room = self.room.take(DATA_TAKES * most, BRIEFLY).await?;
        }
    }
}
