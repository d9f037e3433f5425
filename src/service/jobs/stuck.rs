//! What is looked at before a stuck job is ended: the parents that would change with it, and whether BullMQ 4 has only just taken
//! the job.

use std::time::Duration;

use crate::domain::access::permission::Operate;
use crate::domain::access::{Action, Operator, Permit};
use crate::domain::job::job_ref::JobRef;
use crate::domain::operations::{JobOperation, Operation};
use crate::service::Services;
use crate::service::error::ServiceError;

/// BullMQ 4 moves a job to the active ones with one command and locks it with the next. So a job of BullMQ 4 counts as stuck only
/// if it has no lock for so long. The two commands are a round trip apart.
const LOCKED_WITHIN: Duration = Duration::from_secs(2);

/// How many parents above a job are looked at: a failure in BullMQ 4 may fail all of them.
const MOST_ABOVE: usize = 20;

const HIDDEN: &str =
    "A job above it in its flow is in a queue that you may not change, and would change with it.";

const TOO_DEEP: &str =
    "More than 20 jobs are above it in its flow, and BullMQ 4 may fail all of them with it.";

/// What keeps a stuck job from being ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeptStuck {
    /// A worker took it just now.
    Taken,
    /// The jobs above it, in words.
    Parents(&'static str),
}

impl Services {
    /// The parents that change when the permit's job is ended, the nearest first; or what keeps it from being ended.
    pub(super) async fn before_ending(
        &self,
        operator: &Operator,
        permit: &Permit<Operate>,
    ) -> Result<Result<Vec<JobRef>, KeptStuck>, ServiceError> {
        let JobOperation { operation, job } = permit.target();
        let version = self.store.bull_version(&job.queue).await?;
        let of_4 = version.is_none_or(|version| version.keeps_markers());
        let parents = self
            .parents_of_stuck(operator, *operation, job, of_4)
            .await?;
        if parents.is_ok() && of_4 && self.is_taken_now(job).await? {
            return Ok(Err(KeptStuck::Taken));
        }
        Ok(parents.map_err(KeptStuck::Parents))
    }

    /// The parents that change when the job is ended, the nearest first; or why they keep it from being ended.
    pub(crate) async fn parents_of_stuck(
        &self,
        operator: &Operator,
        operation: Operation,
        job: &JobRef,
        of_4: bool,
    ) -> Result<Result<Vec<JobRef>, &'static str>, ServiceError> {
        let fails_all = of_4 && operation == Operation::FailStuck;
        let most = if fails_all { MOST_ABOVE } else { 1 };
        let mut parents: Vec<JobRef> = Vec::new();
        while parents.len() <= most {
            let last = parents.last().unwrap_or(job);
            let found = self.store.job(&last.queue, &last.id, 0).await?;
            let parent = found.and_then(|found| found.parent);
            let Some(parent) = parent.as_ref().and_then(JobRef::of) else {
                return Ok(Ok(parents));
            };
            if parents.len() == most {
                break;
            }
            if !operator.may(Action::Operate(operation), &parent.queue) {
                return Ok(Err(HIDDEN));
            }
            parents.push(parent);
        }
        match fails_all {
            true => Ok(Err(TOO_DEEP)),
            false => Ok(Ok(parents)),
        }
    }

    /// Whether a worker of BullMQ 4 may have taken the job only just now, and is about to lock it.
    async fn is_taken_now(&self, job: &JobRef) -> Result<bool, ServiceError> {
        let before = self.store.taking(&job.queue, &job.id).await?;
        if before.locked {
            return Ok(true);
        }
        tokio::time::sleep(LOCKED_WITHIN).await;
        let now = self.store.taking(&job.queue, &job.id).await?;
        Ok(now != before)
    }
}
