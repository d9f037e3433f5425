//! The groups of failed jobs, for those who may see them.

use std::sync::Arc;

use super::found::FoundFailures;
use super::read::MOST_JOBS;
use super::which::FailureSpan;
use crate::domain::access::Operator;
use crate::domain::failures::GroupId;
use crate::domain::queue::QueueId;
use crate::domain::queue::queue_set::QueueSet;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::hidden_values::Sights;

/// The most queues of which failed jobs are read at once.
const MOST_QUEUES: usize = 500;

impl Services {
    /// The failed jobs of these queues, as far as this person may see them, in groups.
    pub async fn failures(
        &self,
        operator: &Operator,
        of: &QueueSet,
        span: FailureSpan,
    ) -> Result<Arc<FoundFailures>, ServiceError> {
        let mut queues = self.seen_queues(operator, of).await?;
        queues.sort();
        let left_out = queues.len().saturating_sub(MOST_QUEUES);
        queues.truncate(MOST_QUEUES);
        let sights = self.sights(operator, &queues).await;
        self.grouped(queues, span, left_out, MOST_JOBS, sights)
            .await
    }

    /// The failed jobs of queues in groups, as they were read last or as they are now.
    pub(super) async fn grouped(
        &self,
        queues: Vec<QueueId>,
        span: FailureSpan,
        left_out: usize,
        most: u64,
        sights: Sights,
    ) -> Result<Arc<FoundFailures>, ServiceError> {
        let key = (queues.clone(), span, most, sights.key());
        let read = self.read_failures(queues, span, left_out, most, sights);
        self.failures.groups.get(key, read).await
    }

    /// One group of the failed jobs of these queues.
    pub async fn failure_group(
        &self,
        operator: &Operator,
        of: &QueueSet,
        span: FailureSpan,
        id: GroupId,
    ) -> Result<Arc<FoundFailures>, ServiceError> {
        let found = self.failures(operator, of, span).await?;
        match found.groups.get(id) {
            Some(_) => Ok(found),
            None => Err(ServiceError::NotFound(format!(
                "error group {id} among the failed jobs of {}",
                span.words()
            ))),
        }
    }
}
