//! Retries the failed jobs of a flow, children before their parents: each with a permit and an entry of its own, which have one
//! run's id in common. A parent whose children are pending by then waits for them and does not run before.

use std::borrow::Cow;

use super::operate::OperationOutcome;
use crate::domain::access::permission::Operate;
use crate::domain::access::{Action, Operator};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::job::flow::{ChildStanding, Relative};
use crate::domain::job::flow_tree::{FlowJob, FlowTree};
use crate::domain::job::job_ref::JobRef;
use crate::domain::job::{JobId, JobState};
use crate::domain::operations::{JobOperation, Operation};
use crate::domain::queue::QueueId;
use crate::domain::run::RunId;
use crate::service::Services;
use crate::service::error::ServiceError;

const RETRY: Action = Action::Operate(Operation::Retry);

/// The words for a job whose parent counts it as failed and no longer waits.
const PASSED_OVER: &str = "has a parent that has gone on without it";

/// A failed job of a flow.
#[derive(Debug, Clone)]
pub struct FailedJob {
    /// Which job.
    pub relative: Relative,
    /// Its name.
    pub name: String,
    /// Why it is not retried; `None` where it is.
    pub skipped: Option<Cow<'static, str>>,
}

/// The failed jobs of a flow, children before their parents.
#[derive(Debug)]
pub struct FlowRetry {
    /// Those that were read.
    pub jobs: Vec<FailedJob>,
    /// Whether some of the flow was not read.
    pub is_part: bool,
}

impl Services {
    /// What retrying the flow that a job is in would do.
    pub async fn flow_to_retry(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<FlowRetry, ServiceError> {
        self.check_may_operate(operator, Operation::Retry, queue, id)
            .await?;
        let tree = self.flow(operator, queue, id).await?;
        Ok(plan(operator, &tree))
    }

    /// Retries the failed jobs of the flow that a job is in, and says what became of each.
    #[tracing::instrument(level = "error", skip_all, fields(%queue, job = %id))]
    pub async fn retry_flow(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        reason: &str,
    ) -> Result<FlowRetry, ServiceError> {
        let mut flow = self.flow_to_retry(operator, queue, id).await?;
        let run = RunId::fresh();
        let flow_of = JobRef::new(queue, id);
        let mut stopped = false;
        for job in &mut flow.jobs {
            if job.skipped.is_some() {
                continue;
            }
            job.skipped = match stopped {
                true => Some("not tried".into()),
                false => match self
                    .retry_in_flow(operator, &job.relative, &run, &flow_of, reason)
                    .await
                {
                    Ok(OperationOutcome::Unknown) => {
                        stopped = true;
                        Some("unknown: Redis did not answer in time".into())
                    }
                    Ok(outcome) => why_not(outcome).map(Cow::Borrowed),
                    // The flow is one change, which is counted with the first of its jobs.
                    Err(stop @ ServiceError::TooManyChanges { .. }) => return Err(stop),
                    Err(error) => {
                        tracing::warn!(%error, "a job of a flow was not retried");
                        stopped = error.concerns_all();
                        Some(match stopped {
                            true => format!("refused: {}", error.words()).into(),
                            false => error.words().into(),
                        })
                    }
                },
            };
        }
        Ok(flow)
    }

    async fn retry_in_flow(
        &self,
        operator: &Operator,
        job: &Relative,
        run: &RunId,
        flow_of: &JobRef,
        reason: &str,
    ) -> Result<OperationOutcome, ServiceError> {
        let Some(job) = JobRef::of(job) else {
            return Ok(OperationOutcome::Gone);
        };
        let JobRef { queue, id } = job.clone();
        let target = JobOperation {
            operation: Operation::Retry,
            job,
        };
        let permit = self.permit::<Operate>(operator, target).await?;
        let entry = UnrecordedEntry::operation(&permit, AuditOutcome::Applied)
            .of_run(run, None)
            .noting(format!("with the flow of job {}", flow_of.id))
            .concerning_if_other(&flow_of.queue)
            .in_state(JobState::Failed)
            .reason(&self.kept_reason_for(&queue, &id, reason).await?);
        let parameters = ["keep", "after children"].map(str::to_owned);
        let answer = self.store.operate(&entry, &parameters).await;
        self.overview.touch(&queue, &id);
        self.outcome_of_script(&permit, entry.as_entry(), answer)
            .await
    }
}

fn why_not(outcome: OperationOutcome) -> Option<&'static str> {
    match outcome {
        OperationOutcome::Done | OperationOutcome::DoneAndRemoved => None,
        OperationOutcome::Gone => Some("gone"),
        OperationOutcome::Locked => Some("held by a worker"),
        OperationOutcome::PassedOver => Some(PASSED_OVER),
        OperationOutcome::Hindered(_) => Some("has a failed child that was not retried"),
        _ => Some("no longer failed"),
    }
}

/// The failed jobs of a flow, children before their parents, and which of them can't be retried.
fn plan(operator: &Operator, tree: &FlowTree) -> FlowRetry {
    let mut plan = FlowRetry {
        jobs: Vec::new(),
        is_part: tree.continues_above,
    };
    add_job(operator, &tree.top, None, &mut plan);
    plan
}

/// Adds a job and those below it; whether it keeps its parent from being retried.
fn add_job(
    operator: &Operator,
    job: &FlowJob,
    parent: Option<JobState>,
    plan: &mut FlowRetry,
) -> bool {
    let mut is_kept = false;
    for child in &job.children {
        is_kept |= add_job(operator, child, job.state, plan);
    }
    plan.is_part |= job.left_out > 0;
    if job.state != Some(JobState::Failed) {
        return false;
    }
    let may = JobRef::of(&job.relative).is_some_and(|job| operator.may(RETRY, &job.queue));
    let is_passed = matches!(
        job.standing,
        Some(ChildStanding::Failed | ChildStanding::Ignored)
    );
    let is_awaited = matches!(parent, Some(JobState::WaitingChildren | JobState::Failed));
    let skipped = match () {
        () if !may => Some("is in a queue that you may not change"),
        () if is_kept => Some("has a failed child that can’t be retried"),
        // Its parent would depend on it again, and could not complete.
        () if is_passed && !is_awaited => Some(PASSED_OVER),
        () => None,
    };
    plan.jobs.push(FailedJob {
        relative: job.relative.clone(),
        name: job.name.clone(),
        skipped: skipped.map(Cow::Borrowed),
    });
    skipped.is_some() && job.standing != Some(ChildStanding::Ignored)
}
