//! Subscribing to the changes of one job.

use tokio::sync::watch;

use super::watched::JobSeen;
use crate::domain::access::{Action, Operator};
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;

impl Services {
    /// Follows the changes of a job.
    pub async fn watch_job(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<watch::Receiver<JobSeen>, ServiceError> {
        self.check_may(operator, Action::View, queue, Some(id))
            .await?;
        Ok(self.job_feeds.watch(&self.store, &self.overview, queue, id))
    }
}
