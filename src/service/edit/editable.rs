//! What is looked at before an edit: who may send one, how large the data is, and the job with its data.

use super::assess::EditRejection;
use crate::domain::access::{Action, Operator};
use crate::domain::job::{JobId, StoredJob};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;

impl Services {
    /// Checks whether someone may do `action` to anything at all, before a large form of theirs is received; a refusal is
    /// recorded.
    pub async fn check_may_send(
        &self,
        operator: &Operator,
        action: Action,
    ) -> Result<(), ServiceError> {
        match operator.is_granted_somewhere(action) {
            true => Ok(()),
            false => self.check_may_anywhere(operator, action).await,
        }
    }

    /// The size of the data of a job that someone wants to edit, in bytes.
    pub async fn size_to_edit(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<u64, ServiceError> {
        self.check_may(operator, Action::EditData, queue, Some(id))
            .await?;
        let job = self.store.stored_job(queue, id, 0).await?;
        Ok(job.ok_or_else(|| no_job(queue, id))?.size)
    }

    /// The size of a job's data in bytes; 0 if the job is gone.
    pub(crate) async fn stored_size(
        &self,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<u64, ServiceError> {
        let job = self.store.stored_job(queue, id, 0).await?;
        Ok(job.map_or(0, |job| job.size))
    }

    /// The job with its data. Data larger than may be saved is not even read.
    pub(crate) async fn editable(
        &self,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<Result<StoredJob, EditRejection>, ServiceError> {
        let limit = self.rules.max_data_bytes;
        Ok(match self.store.stored_job(queue, id, limit).await? {
            Some(job) if job.size > limit => {
                let size = job.size;
                Err(EditRejection::StoredTooLarge { size, limit })
            }
            Some(job) => Ok(job),
            None => Err(EditRejection::Gone),
        })
    }
}

pub(crate) fn no_job(queue: &QueueId, id: &JobId) -> ServiceError {
    ServiceError::NotFound(format!("job {:?} in {:?}", id.as_str(), queue.name()))
}
