//! Authorization: a permit for a change, a check before a read, or a refusal with its audit entry.

use super::Services;
use super::audit::repeats::Sort;
use super::error::ServiceError;
use crate::clock::instant;
use crate::domain::access::permission::{Permission, Target};
use crate::domain::access::{Action, Denied, Operator, Permit};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;

impl Services {
    /// The permit to change `target`, which counts as a change of the operator's, or a refusal with its audit entry.
    pub(crate) async fn permit<A: Permission>(
        &self,
        operator: &Operator,
        target: A::Target,
    ) -> Result<Permit<A>, ServiceError> {
        let permit = self.permit_uncounted(operator, target).await?;
        self.count_change(&permit).await?;
        Ok(permit)
    }

    /// The same for what is no change of its own, such as stopping a run: that must not wait.
    pub(crate) async fn permit_uncounted<A: Permission>(
        &self,
        operator: &Operator,
        target: A::Target,
    ) -> Result<Permit<A>, ServiceError> {
        match operator.permit::<A>(target.clone()) {
            Ok(permit) => {
                self.check_is_job(target.queue(), target.job()).await?;
                Ok(permit)
            }
            Err(denied) => {
                let action = A::action(&target);
                let refused = self.refuse(operator, action, denied, target.queue(), target.job());
                Err(refused.await)
            }
        }
    }

    /// Counts the change that a permit is for. One request is one change, however many jobs and queues it takes permits for.
    /// A change past the limit is refused, and the refusals of a minute are one entry for each action.
    pub(crate) async fn count_change<A: Permission>(
        &self,
        permit: &Permit<A>,
    ) -> Result<(), ServiceError> {
        let (operator, allowed) = (permit.by(), self.rules.changes_per_minute);
        let Some(user) = operator.actor().user() else {
            // The command line and policies act for no person.
            return Ok(());
        };
        if operator.is_counted() {
            return Ok(());
        }
        let Some(wait) = self.change_rates.take(user, allowed, instant()) else {
            operator.count();
            return Ok(());
        };
        let act = recorded_as(A::action(permit.target()), permit.target().job());
        let why = format!("the setting changes_per_minute ({allowed}) is used up");
        let alike = Entry::new(operator, act, AuditOutcome::Denied).because(&why);
        let entry = Entry::of(permit, act, AuditOutcome::Denied).because(&why);
        self.note_repeatable(Sort::Refused, &entry, &alike).await;
        Err(ServiceError::TooManyChanges { allowed, wait })
    }

    /// Checks `action` on `queue` where nothing is changed yet; a refusal is recorded.
    pub(crate) async fn check_may(
        &self,
        operator: &Operator,
        action: Action,
        queue: &QueueId,
        job: Option<&JobId>,
    ) -> Result<(), ServiceError> {
        match operator.check(action, Some(queue)) {
            Ok(()) => self.check_is_job(Some(queue), job).await,
            Err(denied) => {
                let refused = self.refuse(operator, action, denied, Some(queue), job);
                Err(refused.await)
            }
        }
    }

    /// The same where no single queue is concerned.
    pub(crate) async fn check_may_anywhere(
        &self,
        operator: &Operator,
        action: Action,
    ) -> Result<(), ServiceError> {
        match operator.check(action, None) {
            Ok(()) => Ok(()),
            Err(denied) => Err(self.refuse(operator, action, denied, None, None).await),
        }
    }

    /// Refuses an id that names another key of BullMQ's instead of a job of this queue.
    async fn check_is_job(
        &self,
        queue: Option<&QueueId>,
        job: Option<&JobId>,
    ) -> Result<(), ServiceError> {
        let (Some(queue), Some(job)) = (queue, job) else {
            return Ok(());
        };
        let id = job.as_str();
        if id.contains(':') && self.store.is_another_queues(queue, job).await? {
            return Err(ServiceError::NotFound(format!("job {id:?}")));
        }
        match self.store.is_no_job(queue, job).await? {
            Some(no_job) => Err(ServiceError::NotFound(format!(
                "job {id:?} in {:?}: {no_job}",
                queue.name()
            ))),
            None => Ok(()),
        }
    }

    async fn refuse(
        &self,
        operator: &Operator,
        action: Action,
        denied: Denied,
        queue: Option<&QueueId>,
        job: Option<&JobId>,
    ) -> ServiceError {
        let act = recorded_as(action, job);
        let mut entry = Entry::new(operator, act, AuditOutcome::Denied).because(&denied);
        if let Some(queue) = queue {
            entry = entry.on_queue(queue);
        }
        if let Some(job) = job {
            entry = entry.on_job(job, None);
        }
        if let Some(wait) = self.note(&entry).await {
            // The answer is the same for all of these, so that it tells neither what exists nor why it was refused.
            return ServiceError::TooManyRefusals(wait);
        }
        match (denied, queue) {
            // A queue outside a user's scope does not exist for them.
            (Denied::Hidden, Some(queue)) => {
                ServiceError::NotFound(format!("queue {:?}", queue.name()))
            }
            (denied, _) => ServiceError::Denied(denied),
        }
    }
}

/// The action of the audit log that a refused one is recorded as.
fn recorded_as(action: Action, job: Option<&JobId>) -> AuditAction {
    match action {
        Action::EditData => AuditAction::EditData,
        Action::AddJob => AuditAction::AddJob,
        Action::Operate(operation) => AuditAction::Operate(operation),
        Action::OperateQueue(operation) => AuditAction::OperateQueue(operation),
        Action::ChangeOwnPassword => AuditAction::ChangePassword,
        Action::PinVersion => AuditAction::PinVersion,
        Action::RetireVersion => AuditAction::RetireVersion,
        Action::MoveJobs => AuditAction::MoveJobs,
        Action::OperateMany => AuditAction::OperateMany,
        Action::RepairMany => AuditAction::RepairMany,
        Action::SetScheduler => AuditAction::EditScheduler,
        Action::RunScheduler => AuditAction::RunScheduler,
        Action::RemoveScheduler => AuditAction::RemoveScheduler,
        Action::ApproveRepair => AuditAction::ApproveProposal,
        Action::BreakGlass if job.is_none() => AuditAction::BreakGlassRun,
        Action::BreakGlass => AuditAction::BreakGlass,
        Action::MarkMoment => AuditAction::AddMark,
        Action::SilenceAlerts => AuditAction::SilenceAlerts,
        Action::View
        | Action::Reveal
        | Action::ReadAudit
        | Action::ViewServer
        | Action::ManageUsers => AuditAction::Read,
    }
}
