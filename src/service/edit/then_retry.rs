//! The retry that someone asked for together with a change of the job's data.

use crate::domain::access::Operator;
use crate::domain::job::JobId;
use crate::domain::operations::Operation;
use crate::domain::operations::parameters::Parameters;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::jobs::operate::OperationOutcome;

impl Services {
    /// Retries a job whose data was just changed. The change stays even if this fails, and the answer says so.
    pub(crate) async fn then_retry(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        reason: &str,
    ) -> OperationOutcome {
        // The script then leaves the attempts as they are.
        let parameters = Parameters::default();
        // A reason that can't be redacted is left out.
        let reason = self.kept_reason_for(queue, id, reason).await;
        let reason = reason.unwrap_or_default();
        let retry = self
            .operate(operator, Operation::Retry, queue, id, &parameters, &reason)
            .await;
        retry.unwrap_or_else(|stop| {
            tracing::error!(%stop, "the retry after a change of the data failed");
            OperationOutcome::Unknown
        })
    }
}
