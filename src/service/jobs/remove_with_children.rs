//! Removes a job with all jobs below it in its flow: each needs its own permit and has its own entry, and all go in one step.

use super::operate::OperationOutcome;
use crate::domain::access::permission::Operate;
use crate::domain::access::{Action, Operator, Permit};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::job::job_ref::JobRef;
use crate::domain::job::{JobId, JobState};
use crate::domain::operations::{JobOperation, Operation};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::bullmq::jobs::flow::below::Below;
use crate::store::bullmq::operations::job::FlowPiece;
use crate::store::error::StoreError;

/// How many jobs below a job are removed with it: all of them go in one script.
const MOST_BELOW: usize = 100;

const TOO_MANY: &str = "it has more than 100 jobs below it, and at most 100 are removed at once";

const HIDDEN: &str = "jobs below it are in queues that you may not change";

/// A job that would go with the one above it.
#[derive(Debug, Clone)]
pub struct JobBelow {
    /// Which job.
    pub job: JobRef,
    /// Its name.
    pub name: String,
    /// Its state, as far as it can be told without a search.
    pub state: JobState,
    /// Whether a worker holds it, so that none of them goes.
    pub locked: bool,
}

impl Services {
    /// The jobs that would go with a job; or why they can't be removed together.
    pub async fn jobs_below(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<Result<Vec<JobBelow>, &'static str>, ServiceError> {
        let jobs = match self
            .permitted_below(operator, &JobRef::new(queue, id))
            .await?
        {
            Ok(jobs) => jobs,
            Err(why) => return Ok(Err(why)),
        };
        let mut below = Vec::with_capacity(jobs.len());
        for job in jobs {
            if let Some(found) = self.store.stored_job(&job.queue, &job.id, 0).await? {
                below.push(JobBelow {
                    job,
                    name: found.name,
                    state: found.state,
                    locked: found.locked,
                });
            }
        }
        Ok(Ok(below))
    }

    async fn permitted_below(
        &self,
        operator: &Operator,
        root: &JobRef,
    ) -> Result<Result<Vec<JobRef>, &'static str>, StoreError> {
        let action = Action::Operate(Operation::RemoveWithChildren);
        Ok(match self.store.jobs_below(root, MOST_BELOW).await? {
            Below::TooMany => Err(TOO_MANY),
            Below::Elsewhere => Err(HIDDEN),
            Below::Jobs(jobs) if jobs.iter().any(|job| !operator.may(action, &job.queue)) => {
                Err(HIDDEN)
            }
            Below::Jobs(jobs) => Ok(jobs),
        })
    }

    /// Removes the permit's job and all jobs below it, or none of them.
    pub(super) async fn remove_with_children(
        &self,
        operator: &Operator,
        permit: &Permit<Operate>,
        reason: &str,
    ) -> Result<OperationOutcome, ServiceError> {
        let root = &permit.target().job;
        let entry = UnrecordedEntry::operation(permit, AuditOutcome::Applied);
        let below = match self.permitted_below(operator, root).await? {
            Ok(below) => below,
            Err(why) => {
                let entry = entry.reason(&self.kept_reason(reason, Vec::new).await?);
                let conflict = entry.as_entry().without_change(AuditOutcome::Conflict);
                self.note(&conflict.because(why)).await;
                return Ok(OperationOutcome::KeptByFlow(why));
            }
        };
        self.check_size_together(root, &below).await?;
        let noted = entry.noting(match below.len() {
            1 => "with 1 job below it".to_owned(),
            jobs => format!("with {jobs} jobs below it"),
        });
        let (entry, digest) = self.keep_what_goes(permit, noted, reason).await?;
        let mut pieces = Vec::with_capacity(below.len());
        for job in &below {
            let target = JobOperation {
                operation: Operation::RemoveWithChildren,
                job: job.clone(),
            };
            let permit = self.permit::<Operate>(operator, target).await?;
            let entry = UnrecordedEntry::operation(&permit, AuditOutcome::Applied);
            let entry = entry
                .noting(format!("below job {}", root.id))
                .concerning_if_other(&root.queue);
            let (entry, digest) = self.keep_what_goes(&permit, entry, reason).await?;
            pieces.push(FlowPiece {
                entry,
                digest: digest.unwrap_or_default(),
            });
        }
        let digest = digest.unwrap_or_default();
        let answer = self.store.remove_flow(&entry, &digest, &pieces).await;
        for job in below.iter().chain([root]) {
            self.overview.touch(&job.queue, &job.id);
        }
        self.outcome_of_script(permit, entry.as_entry(), answer)
            .await
    }

    /// Refuses jobs whose data is together larger than that of one may be: all of it is held at once.
    async fn check_size_together(
        &self,
        root: &JobRef,
        below: &[JobRef],
    ) -> Result<(), ServiceError> {
        let limit = self.rules.max_data_bytes;
        let mut size = 0;
        for job in below.iter().chain([root]) {
            let found = self.store.stored_job(&job.queue, &job.id, 0).await?;
            size += found.map_or(0, |found| found.size);
        }
        match size > limit {
            true => Err(ServiceError::TooLarge { size, limit }),
            false => Ok(()),
        }
    }
}
