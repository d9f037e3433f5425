//! Putting a failed job back in line. The retry and its audit entry are one step: a retry that was done is recorded, and one
//! whose answer was lost is found by its entry.

use crate::domain::access::Operator;
use crate::domain::access::permission::Retry;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::job::{JobId, JobRef, JobState};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::bullmq::operations::retry::Retried;
use crate::store::error::StoreError;

/// What became of a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryOutcome {
    /// The job is in line again.
    Done,
    /// It is in another state, which a retry would not be right for.
    NotFailed(JobState),
    /// There is no such job.
    Gone,
    /// A worker holds its lock.
    Locked,
    /// Redis did not answer in time: whether it was done is not known.
    Unknown,
}

impl Services {
    /// Retries a failed job for `operator`.
    #[tracing::instrument(level = "error", skip_all, fields(%queue, job = %id))]
    pub async fn retry(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        reason: &str,
    ) -> Result<RetryOutcome, ServiceError> {
        let permit = self
            .permit::<Retry>(operator, JobRef::new(queue, id))
            .await?;
        let reason = self.kept_reason_for(queue, id, reason).await?;
        let entry = UnrecordedEntry::new(&permit, Act::RETRY, AuditOutcome::Applied)
            .in_state(JobState::Failed)
            .reason(&reason);
        let retried = self.store.retry(&entry).await;
        let entry = entry.as_entry();
        let retried = match retried {
            // Whether it was done is not known; where it was, the script has written the entry.
            Err(StoreError::Away(cause)) => {
                tracing::warn!(?entry, cause, "it is not known whether a job was retried");
                return Ok(RetryOutcome::Unknown);
            }
            answered => self.witnessed(entry, answered)?,
        };
        let (outcome, entry) = match retried {
            Retried::Done => return Ok(RetryOutcome::Done),
            Retried::Gone => {
                let entry = entry.ended(AuditOutcome::Failed).on_job(id, None);
                (RetryOutcome::Gone, entry.because("there is no such job"))
            }
            Retried::Locked => {
                let entry = entry.ended(AuditOutcome::Conflict);
                let entry = entry.because("a worker holds the job's lock");
                (RetryOutcome::Locked, entry)
            }
            Retried::NotFailed => {
                let found = self.store.job(queue, id, 0).await.ok().flatten();
                let state = found.map_or(JobState::Unknown, |job| job.state);
                let entry = entry.ended(AuditOutcome::Conflict);
                let entry = entry.on_job(id, Some(state));
                let entry = entry.because(format!("the job is {state}, not failed"));
                (RetryOutcome::NotFailed(state), entry)
            }
        };
        self.note(&entry).await;
        Ok(outcome)
    }
}
