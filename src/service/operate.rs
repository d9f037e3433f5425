//! Putting a failed job back in line. The retry and its audit entry are one step: a retry that was done is recorded, and one
//! whose answer was lost is found by its entry.

use super::{Services, Stop};
use crate::domain::access::{Action, Operator};
use crate::domain::act::{Act, Outcome};
use crate::domain::audit::Entry;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::store::StoreError;
use crate::store::operate::Retried;

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
    pub async fn retry(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        reason: &str,
    ) -> Result<RetryOutcome, Stop> {
        let permit = self
            .permit(operator, Action::Retry, queue, Some(id))
            .await?;
        let entry = Entry::of(&permit, Act::Retry, Outcome::Applied)
            .on_job(id, Some(JobState::Failed))
            .reason(reason);
        let failed = match self.store.retry(&permit, queue, id, &entry).await {
            Ok(Retried::Done) => return Ok(RetryOutcome::Done),
            // Whether it was done is not known; where it was, the script has written the entry.
            Err(StoreError::Away(cause)) => {
                tracing::warn!(?entry, cause, "it is not known whether a job was retried");
                return Ok(RetryOutcome::Unknown);
            }
            failed => failed,
        };
        let (outcome, entry) = match failed {
            Ok(Retried::Gone) => (
                Ok(RetryOutcome::Gone),
                entry
                    .on_job(id, None)
                    .ended(Outcome::Failed)
                    .because("there is no such job"),
            ),
            Ok(Retried::Locked) => (
                Ok(RetryOutcome::Locked),
                entry
                    .ended(Outcome::Conflict)
                    .because("a worker holds the job's lock"),
            ),
            Err(error) => {
                let entry = entry.ended(Outcome::Failed).because(error.plain());
                (Err(Stop::Store(error)), entry)
            }
            Ok(Retried::Done | Retried::NotFailed) => {
                let found = self.store.job(queue, id, 0).await.ok().flatten();
                let state = found.map_or(JobState::Unknown, |job| job.state);
                (
                    Ok(RetryOutcome::NotFailed(state)),
                    entry
                        .on_job(id, Some(state))
                        .ended(Outcome::Conflict)
                        .because(format!("the job is {state}, not failed")),
                )
            }
        };
        self.note(&entry).await;
        outcome
    }
}
