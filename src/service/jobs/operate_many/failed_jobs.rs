//! The jobs of a batch whose script failed: whether an error is about one job, about its queue, or about neither.

use super::skip_reason::failed_words;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::store::bullmq::operations::job::Operated;
use crate::store::error::StoreError;

impl Services {
    /// What came of the pieces of a run for these jobs, or why each is skipped. `None` if the run is not held any more: whatever
    /// failed is tried again from the same place. An error that is not about single jobs is returned as a whole.
    pub(crate) async fn came_of_pieces(
        &self,
        queue: &QueueId,
        ids: &[JobId],
        came: Vec<Result<Operated, StoreError>>,
    ) -> Result<Option<Vec<Result<Operated, &'static str>>>, StoreError> {
        for (id, came) in ids.iter().zip(&came) {
            if came.as_ref().is_ok_and(|came| came.is_done()) {
                self.overview.touch(queue, id);
            }
        }
        if came.iter().flatten().any(|came| *came == Operated::Halted) {
            return Ok(None);
        }
        self.apart(queue, came).await.map(Some)
    }

    async fn apart(
        &self,
        queue: &QueueId,
        came: Vec<Result<Operated, StoreError>>,
    ) -> Result<Vec<Result<Operated, &'static str>>, StoreError> {
        let failed: Vec<&StoreError> = came.iter().filter_map(|came| came.as_ref().err()).collect();
        if let Some(error) = failed.iter().find(|error| !is_of_a_job(error)) {
            return Err((*error).clone());
        }
        if let Some(odd) = failed.iter().find(|error| error.is_wrong_type()) {
            if self.store.has_odd_key(queue).await? {
                return Err((*odd).clone());
            }
        } else if failed.len() == came.len()
            && let [first, _, ..] = failed[..]
        {
            // What keeps every one of several jobs is hardly about each of them.
            return Err(first.clone());
        }
        if let Some(error) = failed.first() {
            let count = failed.len();
            tracing::warn!(%queue, %error, count, "a run skips jobs whose script failed");
        }
        let came = came.into_iter();
        Ok(came
            .map(|came| came.map_err(|error| failed_words(&error)))
            .collect())
    }
}

/// Whether an error may be about the job alone, or about its parent.
fn is_of_a_job(error: &StoreError) -> bool {
    match error {
        StoreError::Unexpected(_) => true,
        error => error.is_of_keys(),
    }
}
