//! Operations on a queue that one script does: the permit, the entry, the script, and the outcome. The script writes the
//! operation and its entry in one step. A queue that does not exist is not made by any of them.

use crate::domain::access::permission::OperateQueue;
use crate::domain::access::{Action, Operator};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::operations::on_queue::{QueueOperation, QueueTarget};
use crate::domain::operations::parameters::Parameters;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::bullmq::queue_operations::QueueOperated;
use crate::store::error::StoreError;

/// The outcome of an operation on a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueOutcome {
    /// It was done.
    Done,
    /// There was nothing to change.
    Unchanged,
    /// The queue is of BullMQ 4, which has no such thing.
    NotIn4,
    /// Redis did not answer in time; it is not known whether the operation was done.
    Unknown,
}

impl Services {
    /// Does `operation` to a queue.
    #[tracing::instrument(level = "error", skip_all, fields(operation = operation.spec().id, %queue))]
    pub async fn operate_queue(
        &self,
        operator: &Operator,
        operation: QueueOperation,
        queue: &QueueId,
        parameters: &Parameters,
        reason: &str,
    ) -> Result<QueueOutcome, ServiceError> {
        let target = QueueTarget {
            operation,
            queue: queue.clone(),
        };
        let permit = self.permit::<OperateQueue>(operator, target).await?;
        self.know(queue).await?;
        let entry = UnrecordedEntry::on_queue(&permit, AuditOutcome::Applied)
            .noting(parameters.words())
            .reason(&self.kept_reason(reason, Vec::new).await?);
        let answer = self
            .store
            .operate_queue(&entry, &parameters.for_script())
            .await;
        self.overview.look_again(queue);
        let answer = match answer {
            // It is not known whether it was done. If it was, the script has written the entry.
            Err(StoreError::Away(cause)) => {
                let entry = entry.as_entry();
                tracing::warn!(?entry, cause, "it is not known whether a queue was changed");
                return Ok(QueueOutcome::Unknown);
            }
            answer => self.witnessed(entry.as_entry(), answer)?,
        };
        let spec = operation.spec();
        let (outcome, why) = match answer {
            QueueOperated::Done => return Ok(QueueOutcome::Done),
            QueueOperated::Unchanged => (Ok(QueueOutcome::Unchanged), spec.on.unchanged),
            QueueOperated::NotIn4 => (Ok(QueueOutcome::NotIn4), spec.on.not_in_4),
            QueueOperated::Gone => {
                let gone = ServiceError::NotFound(format!("queue {:?}", queue.name()));
                (Err(gone), "there is no such queue")
            }
        };
        let entry = entry.as_entry().without_change(AuditOutcome::Conflict);
        self.note(&entry.because(why)).await;
        outcome
    }

    /// Checks whether `operator` may do `operation` to a queue that is there, before they confirm it; a refusal is recorded.
    pub async fn check_may_operate_queue(
        &self,
        operator: &Operator,
        operation: QueueOperation,
        queue: &QueueId,
    ) -> Result<(), ServiceError> {
        let action = Action::OperateQueue(operation);
        self.check_may(operator, action, queue, None).await?;
        self.know(queue).await
    }
}
