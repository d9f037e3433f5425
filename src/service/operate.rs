//! Putting a failed job back in line: an intent in the audit log, BullMQ's operation, and how it ended.

use super::{Services, Stop};
use crate::domain::access::{Action, Operator, Permit};
use crate::domain::act::{Act, Outcome};
use crate::domain::audit::Entry;
use crate::domain::job::{JobId, JobState, StoredJob};
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
        let job = self.store.stored_job(queue, id).await?;
        let documents = || job.iter().map(|job| job.data.clone()).collect();
        let reason = self.kept_reason(reason, documents).await?;
        let entry = |outcome| Entry::of(&permit, Act::Retry, outcome).reason(&reason);
        let Some(job) = job else {
            let entry = entry(Outcome::Failed).on_job(id, None);
            self.note(&entry.because("there is no such job")).await;
            return Ok(RetryOutcome::Gone);
        };
        if job.state != JobState::Failed {
            let entry = entry(Outcome::Conflict).on_job(id, Some(job.state));
            self.note(&entry.because(format!("the job is {}, not failed", job.state)))
                .await;
            return Ok(RetryOutcome::NotFailed(job.state));
        }
        // BullMQ 6's own operation does not look at the lock (bullmq-official 1.4.4).
        if job.locked {
            let entry = entry(Outcome::Conflict).on_job(id, Some(job.state));
            self.note(&entry.because("a worker holds the job's lock"))
                .await;
            return Ok(RetryOutcome::Locked);
        }
        let intent = entry(Outcome::Intent).on_job(id, Some(job.state));
        self.retry_recorded(&permit, queue, id, &job, intent).await
    }

    async fn retry_recorded(
        &self,
        permit: &Permit,
        queue: &QueueId,
        id: &JobId,
        job: &StoredJob,
        intent: Entry,
    ) -> Result<RetryOutcome, Stop> {
        let recorded = match self.record(&intent).await {
            Ok(id) => id.split('-').next().and_then(|millis| millis.parse().ok()),
            Err(error) => {
                if matches!(error, StoreError::Away(_)) {
                    // It may be in the log all the same.
                    self.look_after_retry(&intent, None).await;
                }
                return Err(error.into());
            }
        };
        let result = self.store.retry(permit, queue, id, &job.bull_version).await;
        let (outcome, entry) = match result {
            Ok(Retried::Done) => (Ok(RetryOutcome::Done), intent.ended(Outcome::Applied)),
            Ok(Retried::Gone) => (
                Ok(RetryOutcome::Gone),
                intent
                    .ended(Outcome::Failed)
                    .because("there is no such job"),
            ),
            Ok(Retried::Locked) => (
                Ok(RetryOutcome::Locked),
                intent
                    .ended(Outcome::Conflict)
                    .because("a worker holds the job's lock"),
            ),
            Ok(Retried::NotFailed) => {
                // It moved between the look and the operation; say where it is now.
                let found = self.store.stored_job(queue, id).await.ok().flatten();
                let state = found.map_or(JobState::Unknown, |job| job.state);
                (
                    Ok(RetryOutcome::NotFailed(state)),
                    intent
                        .ended(Outcome::Conflict)
                        .because(format!("the job is {state}, not failed")),
                )
            }
            Err(StoreError::Away(_)) => {
                return Ok(match self.look_after_retry(&intent, recorded).await {
                    true => RetryOutcome::Done,
                    false => RetryOutcome::Unknown,
                });
            }
            Err(error) => {
                let entry = intent.ended(Outcome::Failed).because(&error);
                (Err(Stop::Store(error)), entry)
            }
        };
        self.note_end(&entry).await;
        outcome
    }
}
