//! Operations on a queue. Of those that one script does: the permit, the entry, the script, and the outcome; the script writes
//! the operation and its entry in one step. The others are started as runs. A queue that does not exist is not made by any of them.

use std::sync::Arc;

use super::delete_jobs::{DeletingJobs, DeletingRun};
use crate::clock::unix_millis;
use crate::domain::access::permission::{CleanQueue, DrainQueue, ObliterateQueue, OperateQueue};
use crate::domain::access::{Action, Operator};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::operations::on_queue::emptying::{Emptying, EmptyingSpec, Needs};
use crate::domain::operations::on_queue::{QueueOperation, QueueTarget};
use crate::domain::operations::parameters::Parameters;
use crate::domain::proposals::runs::RunReview;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::runs::plan::RunPlan;
use crate::service::runs::start::RunStarted;
use crate::store::bullmq::queue_operations::QueueOperated;

/// The outcome of an operation on a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueOutcome {
    /// It was done.
    Done,
    /// There was nothing to change.
    Unchanged,
    /// The queue is of BullMQ 4, which has no such thing.
    NotIn4,
    /// It is a run; what came of starting it.
    Started(RunStarted),
    /// The queue is not as it has to be, in words.
    NotNow(&'static str),
    /// Redis did not answer in time; it is not known whether the operation was done.
    Unknown,
}

/// What keeps a queue from being obliterated.
const NOT_PAUSED: &str =
    "The queue is not paused. Pause it first, so that no worker takes a job from it.";
const HAS_ACTIVE: &str =
    "The queue has active jobs. Wait until they have ended, or delete them too.";

impl Services {
    /// Does `operation` to a queue; `alone` where it takes a second person, and the person asks to begin it without one.
    #[tracing::instrument(level = "error", skip_all, fields(operation = operation.spec().id, %queue))]
    pub async fn operate_queue(
        self: &Arc<Self>,
        operator: &Operator,
        operation: QueueOperation,
        queue: &QueueId,
        parameters: &Parameters,
        reason: &str,
        alone: bool,
    ) -> Result<QueueOutcome, ServiceError> {
        match operation {
            QueueOperation::Drain => {
                return self
                    .begin_deleting::<DrainQueue>(operator, queue, parameters, (reason, alone))
                    .await;
            }
            QueueOperation::Clean => {
                return self
                    .begin_deleting::<CleanQueue>(operator, queue, parameters, (reason, alone))
                    .await;
            }
            QueueOperation::Obliterate => {
                return self
                    .begin_deleting::<ObliterateQueue>(operator, queue, parameters, (reason, alone))
                    .await;
            }
            _ => {}
        }
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
        let Some(answer) = self.witnessed_if_heard(entry.as_entry(), answer)? else {
            return Ok(QueueOutcome::Unknown);
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

    /// Starts a run that deletes jobs of a queue; it goes on by itself.
    async fn begin_deleting<A: DeletingRun>(
        self: &Arc<Self>,
        operator: &Operator,
        queue: &QueueId,
        parameters: &Parameters,
        (reason, alone): (&str, bool),
    ) -> Result<QueueOutcome, ServiceError> {
        let permit = self.permit::<A>(operator, queue.clone()).await?;
        self.know(queue).await?;
        let spec = A::OPERATION.spec();
        let emptying = Emptying::of(A::OPERATION, parameters, unix_millis());
        let emptying =
            emptying.ok_or_else(|| ServiceError::Broken(format!("{} deletes no jobs", spec.id)))?;
        let (total, review, hindrance) = self.deletion_now(A::OPERATION, queue, &emptying).await?;
        let words = parameters.words();
        if let Some(why) = hindrance {
            let act = AuditAction::OperateQueue(A::OPERATION);
            let entry = Entry::of(&permit, act, AuditOutcome::Conflict)
                .noting(words)
                .reason(&self.kept_reason(reason, Vec::new).await?);
            self.note(&entry.because(why)).await;
            return Ok(QueueOutcome::NotNow(why));
        }
        let kept = serde_json::to_string(&EmptyingSpec::new(parameters));
        let plan = RunPlan {
            source: queue.clone(),
            more: Vec::new(),
            target: None,
            spec: kept.map_err(|error| ServiceError::Broken(error.to_string()))?,
            total,
            reason: reason.to_owned(),
            about: match words.is_empty() {
                true => spec.label.to_owned(),
                false => format!("{}. {words}", spec.label),
            },
        };
        let started = self.start_run::<DeletingJobs<A>>(operator, plan, review, alone);
        Ok(QueueOutcome::Started(started.await?))
    }

    /// How many jobs would be deleted now and in which states, and what keeps them from being deleted.
    async fn deletion_now(
        &self,
        operation: QueueOperation,
        queue: &QueueId,
        emptying: &Emptying,
    ) -> Result<(u64, RunReview, Option<&'static str>), ServiceError> {
        let figures = self.figures_now(queue).await?;
        let counts = figures.counts;
        let mut review = RunReview::default();
        let mut total = 0;
        for state in &emptying.states {
            let count = counts.of(*state);
            total += count;
            if count > 0 {
                review = review.figure(state.name(), count);
            }
        }
        let hindrance = match emptying.needs {
            Needs::Nothing if total == 0 => Some(operation.spec().on.unchanged),
            Needs::Nothing => None,
            _ if !figures.paused => Some(NOT_PAUSED),
            Needs::PausedAndIdle if counts.active > 0 => Some(HAS_ACTIVE),
            _ => None,
        };
        let total = emptying.limit.map_or(total, |limit| limit.min(total));
        Ok((total, review, hindrance))
    }

    /// The plan of an obliteration that was proposed, as it may begin now, or why it may not.
    pub(crate) async fn obliteration_again(
        &self,
        mut plan: RunPlan,
    ) -> Result<Result<RunPlan, String>, ServiceError> {
        let operation = QueueOperation::Obliterate;
        let spec: Result<EmptyingSpec, _> = serde_json::from_str(&plan.spec);
        let parameters = spec
            .ok()
            .map(|spec| spec.parameters(operation, unix_millis()));
        let emptying = match parameters {
            Some(Ok(parameters)) => Emptying::of(operation, &parameters, unix_millis()),
            _ => None,
        };
        let Some(emptying) = emptying else {
            return Ok(Err("what it would delete can't be read".to_owned()));
        };
        let (total, _, hindrance) = self
            .deletion_now(operation, &plan.source, &emptying)
            .await?;
        plan.total = total;
        Ok(match hindrance {
            None => Ok(plan),
            Some(NOT_PAUSED) => Err("the queue is not paused any more".to_owned()),
            Some(_) => Err("the queue has active jobs now".to_owned()),
        })
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
