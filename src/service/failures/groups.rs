//! The groups of failed jobs, for those who may see them.

use std::sync::Arc;

use super::found::{FoundFailures, OnlyIn};
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
        let found = self.failures_of(operator, of, span).await?;
        match of {
            QueueSet::Queue(queue) => self.marked(operator, queue, found).await,
            QueueSet::Family { .. } | QueueSet::All => Ok(found),
        }
    }

    async fn failures_of(
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
        self.grouped(queues, span, left_out, sights).await
    }

    /// The failures of one version, with the errors marked that no other version of its family has.
    async fn marked(
        &self,
        operator: &Operator,
        queue: &QueueId,
        found: Arc<FoundFailures>,
    ) -> Result<Arc<FoundFailures>, ServiceError> {
        let own = self.rules.pattern.split(queue.name());
        if own.version.is_none() || found.groups.counted() == 0 {
            return Ok(found);
        }
        let family = QueueSet::Family {
            prefix: queue.prefix().to_owned(),
            name: own.family,
        };
        let all = self.failures_of(operator, &family, found.span).await?;
        let is_own = |id: &GroupId, only: &OnlyIn| {
            only.version == own.label && found.groups.get(*id).is_some()
        };
        let only_in = all.only_in.iter().filter(|(id, only)| is_own(id, only));
        Ok(Arc::new(FoundFailures {
            only_in: only_in.map(|(id, only)| (*id, only.clone())).collect(),
            ..FoundFailures::clone(&found)
        }))
    }

    /// The failed jobs of queues in groups, as they were read last or as they are now.
    pub(super) async fn grouped(
        &self,
        queues: Vec<QueueId>,
        span: FailureSpan,
        left_out: usize,
        sights: Sights,
    ) -> Result<Arc<FoundFailures>, ServiceError> {
        let key = (queues.clone(), span, sights.key());
        let read = self.read_failures(queues, span, left_out, sights);
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
