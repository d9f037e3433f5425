//! One operation on many queues at once: all versions of a family are paused, for example. It is one request, which goes through
//! the queues one by one: each with a permit, a script and an entry of its own, as if someone did it on each queue's page.

use std::collections::HashMap;
use std::sync::Arc;

use tracing::Instrument;

use super::operate::QueueOutcome;
use crate::domain::access::{Action, Operator};
use crate::domain::operations::on_queue::QueueOperation;
use crate::domain::operations::parameters::Parameters;
use crate::domain::queue::{QueueFigures, QueueId};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::jobs::operate_many::queues::QueueChoice;

/// What an operation would do to the queues that are meant.
#[derive(Debug, Default)]
pub struct QueuesDryRun {
    /// The queues that it would change.
    pub changes: Vec<QueueFigures>,
    /// Those in which there is nothing to change.
    pub unchanged: Vec<QueueId>,
}

/// What became of many queues.
#[derive(Debug, Default)]
pub struct QueuesChanged {
    /// How many were changed.
    pub done: usize,
    /// In how many there was nothing to change.
    pub unchanged: usize,
    /// Those that were not changed, or of which it is not known, and why.
    pub failed: Vec<(QueueId, String)>,
    /// How many were not tried after one that concerned them all.
    pub not_tried: usize,
}

impl Services {
    /// What `operation` would do to the queues that are meant.
    ///
    /// # Errors
    ///
    /// Not found for a named queue that is not there or outside the scope, or for a family without a queue in it.
    pub async fn review_queues(
        &self,
        operator: &Operator,
        operation: QueueOperation,
        choice: QueueChoice,
    ) -> Result<QueuesDryRun, ServiceError> {
        let action = Action::OperateQueue(operation);
        self.check_may_anywhere(operator, action).await?;
        let chosen = self.chosen_queues(operator, choice, |_| true).await?;
        for queue in &chosen.queues {
            self.check_may_operate_queue(operator, operation, queue)
                .await?;
        }
        let looked = self.store.figures(&chosen.queues).await?.into_iter();
        let mut figures: HashMap<QueueId, QueueFigures> = looked
            .map(|looked| (looked.figures.queue.clone(), looked.figures))
            .collect();
        let mut review = QueuesDryRun::default();
        for queue in chosen.queues {
            match figures.remove(&queue) {
                Some(figures) if operation.spec().on.offered.is_for(&figures) => {
                    review.changes.push(figures);
                }
                _ => review.unchanged.push(queue),
            }
        }
        Ok(review)
    }

    /// Does `operation` to each of these queues, and says what became of them. It goes on where the caller no longer waits.
    pub async fn operate_queues(
        self: &Arc<Self>,
        operator: &Operator,
        operation: QueueOperation,
        queues: Vec<QueueId>,
        reason: &str,
    ) -> Result<QueuesChanged, ServiceError> {
        let action = Action::OperateQueue(operation);
        self.check_may_anywhere(operator, action).await?;
        let (services, operator) = (Arc::clone(self), operator.clone());
        let reason = reason.to_owned();
        let work = async move {
            let mut changed = QueuesChanged::default();
            let mut queues = queues.into_iter();
            for queue in queues.by_ref() {
                let none = Parameters::default();
                let did = services
                    .operate_queue(&operator, operation, &queue, &none, &reason, false)
                    .await;
                if let Err(stop @ ServiceError::TooManyChanges { .. }) = did {
                    // The queues are one change, which is counted with the first of them.
                    return Err(stop);
                }
                if !changed.count(queue, did) {
                    break;
                }
            }
            changed.not_tried = queues.len();
            Ok(changed)
        };
        let work = tokio::spawn(work.instrument(tracing::Span::current()));
        work.await
            .map_err(|stop| ServiceError::Broken(stop.to_string()))?
    }
}

impl QueuesChanged {
    /// Whether each queue is as it was asked for.
    pub fn is_whole(&self) -> bool {
        self.failed.is_empty() && self.not_tried == 0
    }

    /// Counts what became of a queue; false where the others would fare no better.
    fn count(&mut self, queue: QueueId, outcome: Result<QueueOutcome, ServiceError>) -> bool {
        let (why, goes_on) = match outcome {
            Ok(QueueOutcome::Done) => {
                self.done += 1;
                return true;
            }
            Ok(QueueOutcome::Unchanged) => {
                self.unchanged += 1;
                return true;
            }
            Ok(QueueOutcome::NotNow(why)) => (why.to_owned(), true),
            Ok(QueueOutcome::NotIn4) => ("it is a queue of BullMQ 4".to_owned(), true),
            Ok(QueueOutcome::Started(_)) => ("a run is using it".to_owned(), true),
            Ok(QueueOutcome::Unknown) => {
                ("unknown: Redis did not answer in time".to_owned(), false)
            }
            Err(ServiceError::NotFound(_)) => ("it is not there any more".to_owned(), true),
            Err(error) => {
                tracing::warn!(%error, %queue, "one of many queues was not changed");
                (error.words(), !error.concerns_all())
            }
        };
        self.failed.push((queue, why));
        goes_on
    }
}
