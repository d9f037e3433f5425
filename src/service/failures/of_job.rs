//! What is known of the failure of one job: its group, the other jobs of the group, and what differs for it.

use std::sync::Arc;

use super::found::{FoundFailures, WhatDiffers};
use super::read::failure_fields;
use super::which::FailureSpan;
use crate::clock::unix_millis;
use crate::domain::access::{Action, Operator};
use crate::domain::failures::stack::newest;
use crate::domain::failures::{Fingerprint, GroupId};
use crate::domain::job::field::{FieldValue, JobField};
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;

/// What is known of the failure of a job.
#[derive(Debug)]
pub struct JobFailure {
    /// What it is told by.
    pub fingerprint: Fingerprint,
    /// Its group.
    pub group: GroupId,
    /// The failures of its queue.
    pub failures: Arc<FoundFailures>,
    /// What differs for it.
    pub differs: Arc<WhatDiffers>,
}

/// How many characters of a message, and how many lines of a stack, an example has.
const LONGEST_REASON: usize = 2_000;
const STACK_LINES: usize = 12;

/// A failed job of a group, as an example.
#[derive(Debug)]
pub struct FailureExample {
    /// Its message.
    pub reason: String,
    /// The top of its newest stack; empty if it has none.
    pub stack: String,
}

impl Services {
    /// The message and the top of the stack of a failed job that this person may see; `None` if it is not failed any more.
    pub async fn failure_example(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<Option<FailureExample>, ServiceError> {
        let sight = self.sight(operator, queue).await;
        let ids = [id.as_str().to_owned()];
        let failed = [JobState::Failed];
        let read = self
            .store
            .selected_jobs(queue, &failed, &ids, sight.fields(failure_fields()))
            .await?;
        Ok(read.jobs.first().map(|job| {
            let job = &*sight.shown(job);
            let stack = match job.get(JobField::Stacktrace) {
                FieldValue::Bytes(stacks) => newest(stacks).unwrap_or_default(),
                FieldValue::Absent | FieldValue::TooLarge(_) => String::new(),
            };
            let lines: Vec<&str> = stack.lines().take(STACK_LINES).collect();
            let reason = job.text(JobField::FailedReason);
            FailureExample {
                reason: reason.chars().take(LONGEST_REASON).collect(),
                stack: lines.join("\n").chars().take(2 * LONGEST_REASON).collect(),
            }
        }))
    }

    /// What is known of the failure of a job; `None` if it is not failed now.
    pub async fn job_failure(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<Option<JobFailure>, ServiceError> {
        self.check_may(operator, Action::View, queue, Some(id))
            .await?;
        self.know(queue).await?;
        let sights = self.sights(operator, std::slice::from_ref(queue)).await;
        let sight = sights.of(queue);
        let fields = sight.fields(failure_fields());
        let ids = [id.as_str().to_owned()];
        let fields = fields.with(JobField::Finished, u64::MAX);
        let read = self
            .store
            .selected_jobs(queue, &[JobState::Failed], &ids, fields)
            .await?;
        let Some(job) = read.jobs.first() else {
            return match self.store.job_exists(queue, id).await? {
                true => Ok(None),
                false => Err(ServiceError::NotFound(format!("job {:?}", id.as_str()))),
            };
        };
        let job = &*sight.shown(job);
        let fingerprint = Fingerprint::of(
            job.get(JobField::FailedReason),
            job.get(JobField::Stacktrace),
        );
        let now = unix_millis();
        let finished = job.text(JobField::Finished).parse().unwrap_or(now);
        let span = FailureSpan::holding(finished, now);
        let queues = vec![queue.clone()];
        let failures = self.grouped(queues, span, 0, sights).await?;
        let differs = self.job_differs(operator, queue, id, &job.name()).await?;
        Ok(Some(JobFailure {
            group: fingerprint.id(),
            fingerprint,
            failures,
            differs,
        }))
    }
}
