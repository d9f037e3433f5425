//! Who may: permission for an action, or the refusal with its audit entry.

use crate::domain::access::{Action, Denied, Operator, Permit};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;

impl Services {
    /// Permission to do `action` on `queue`, or the refusal with its audit entry.
    pub(crate) async fn permit(
        &self,
        operator: &Operator,
        action: Action,
        queue: &QueueId,
        job: Option<&JobId>,
    ) -> Result<Permit, ServiceError> {
        let permit = match operator.permit(action, queue) {
            Ok(permit) => permit,
            Err(denied) => {
                let stop = self.refuse(operator, action, denied, Some(queue), job);
                return Err(stop.await);
            }
        };
        if let Some(job) = job.filter(|job| job.as_str().contains(':'))
            && self.store.is_another_queues(queue, job).await?
        {
            return Err(ServiceError::NotFound(format!("job {:?}", job.as_str())));
        }
        if let Some(job) = job
            && let Some(no_job) = self.store.is_no_job(queue, job).await?
        {
            let (id, queue) = (job.as_str(), queue.name());
            return Err(ServiceError::NotFound(format!(
                "job {id:?} in {queue:?}: {no_job}"
            )));
        }
        Ok(permit)
    }

    /// Permission where no single queue is meant, or the refusal with its audit entry.
    pub(crate) async fn permit_anywhere(
        &self,
        operator: &Operator,
        action: Action,
    ) -> Result<Permit, ServiceError> {
        match operator.permit_anywhere(action) {
            Ok(permit) => Ok(permit),
            Err(denied) => Err(self.refuse(operator, action, denied, None, None).await),
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
        let act = match action {
            Action::EditData => AuditAction::EditData,
            Action::Retry => AuditAction::Retry,
            Action::ChangeOwnPassword => AuditAction::ChangePassword,
            Action::PinVersion => AuditAction::PinVersion,
            Action::RetireVersion => AuditAction::RetireVersion,
            Action::MoveJobs => AuditAction::MoveJobs,
            Action::View | Action::ReadAudit | Action::ManageUsers => AuditAction::Read,
        };
        let mut entry = Entry::new(operator, act, AuditOutcome::Denied).because(&denied);
        if let Some(queue) = queue {
            entry = entry.on_queue(queue);
        }
        if let Some(job) = job {
            entry = entry.on_job(job, None);
        }
        if let Some(wait) = self.note(&entry).await {
            // Whether there is such a thing, and why it was refused, is the same for all of these.
            return ServiceError::TooManyRefusals(wait);
        }
        match (denied, queue) {
            // To a person outside its scope a queue does not exist.
            (Denied::Hidden, Some(queue)) => {
                ServiceError::NotFound(format!("queue {:?}", queue.name()))
            }
            (denied, _) => ServiceError::Denied(denied),
        }
    }
}
