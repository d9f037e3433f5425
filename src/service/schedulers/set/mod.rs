//! Creating and changing schedulers: the checks, the entry, and the script that writes both in one step.

mod checks;
pub(crate) mod open;
mod recorded;
pub(crate) mod request;
pub(super) mod stored;

use crate::clock::unix_millis;
use crate::domain::access::permission::SetScheduler;
use crate::domain::access::{Operator, Permit};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::schedulers::scheduler_ref::SchedulerRef;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::bullmq::schedulers::set::{NewScheduler, SchedulerSet};
use checks::of_id;
use recorded::Ready;
use request::{SchedulerRequest, SetOutcome};
use stored::StoredScheduler;

impl Services {
    /// Creates or changes a scheduler and writes the audit entry, or does neither.
    #[tracing::instrument(level = "error", skip_all, fields(queue = %request.queue))]
    pub async fn set_scheduler(
        &self,
        operator: &Operator,
        request: &SchedulerRequest,
    ) -> Result<SetOutcome, ServiceError> {
        let queue = &request.queue;
        let permit = self.permit::<SetScheduler>(operator, queue.clone()).await?;
        self.know(queue).await?;
        let now = unix_millis();
        let checked = match self.check_scheduler(operator, request, now).await {
            Err(stop @ (ServiceError::Bad(_) | ServiceError::TooLarge { .. })) => {
                let why = stop.to_string();
                self.not_set(&permit, request, AuditOutcome::Invalid, &why)
                    .await;
                return Err(stop);
            }
            checked => checked?,
        };
        if let Some(before) = &checked.before {
            self.check_sees_template(operator, queue, before).await?;
        }
        let is_stale =
            |before: &StoredScheduler| request.revision.as_ref() != Some(&before.revision);
        if checked.before.as_ref().is_some_and(is_stale) {
            return Ok(self.stale(&permit, request).await);
        }
        let parts = (checked.id, checked.setup, checked.data);
        let ((Some(id), Some(setup), Some(data)), true) = (parts, checked.faults.is_empty()) else {
            let (outcome, why) = checked.faults.for_the_log();
            self.not_set(&permit, request, outcome, &why).await;
            return Ok(SetOutcome::Invalid(checked.faults));
        };
        let before = checked.before.as_ref().map(|before| &before.scheduler);
        let edited_job = match before {
            Some(before) => match self.edited_next_job(before).await {
                Err(stop @ ServiceError::TooLarge { .. }) => {
                    let why = format!("the next job's data can't be kept: {stop}");
                    self.not_set(&permit, request, AuditOutcome::Invalid, &why)
                        .await;
                    return Err(stop);
                }
                edited => edited?,
            },
            None => None,
        };
        if (edited_job.as_ref()).is_some_and(|job| job.digest != request.seen_job) {
            return Ok(self.stale(&permit, request).await);
        }
        let stays = before.is_some_and(|before| setup.timing.is_timing_of(before));
        let plan = setup.plan(checked.dialect, now, stays);
        let ready = Ready {
            id,
            setup,
            data,
            schema: checked.schema,
            policies: checked.policies,
            before: checked.before,
            edited_job,
        };
        self.write_scheduler(&permit, request, ready, &plan, now)
            .await
    }

    async fn write_scheduler(
        &self,
        permit: &Permit<SetScheduler>,
        request: &SchedulerRequest,
        ready: Ready,
        plan: &str,
        now: u64,
    ) -> Result<SetOutcome, ServiceError> {
        let queue = permit.target();
        let (ready, entry) = self.entry_of_scheduler(permit, request, ready).await?;
        let scheduler = NewScheduler {
            id: &ready.id,
            seen: request.revision.as_deref(),
            seen_job: ready.edited_job.as_ref().map_or("", |job| &job.digest),
            plan,
            data: &ready.data,
            now,
        };
        let answer = self.store.set_scheduler(&entry, &scheduler).await;
        let Some(answer) = self.witnessed_if_heard(entry.as_entry(), answer)? else {
            return Ok(SetOutcome::Unknown);
        };
        let (why, words) = match answer {
            SchedulerSet::Done => {
                self.schedulers.forget();
                return Ok(SetOutcome::Done(SchedulerRef {
                    queue: queue.clone(),
                    id: ready.id,
                }));
            }
            SchedulerSet::NoQueue => {
                return Err(ServiceError::NotFound(format!("queue {:?}", queue.name())));
            }
            SchedulerSet::Gone => {
                return Err(super::read::no_scheduler(queue, &ready.id));
            }
            SchedulerSet::Stale => return Ok(self.stale(permit, request).await),
            SchedulerSet::Taken => (
                "the id is taken",
                "There is a scheduler with this id already. Choose another id, or change that one.",
            ),
            SchedulerSet::NotIn4 => (
                "BullMQ 4 keeps the queue",
                "The queue's BullMQ version has just changed. BullMQ 4 has no job schedulers.",
            ),
            SchedulerSet::Busy => (
                "the places of its next runs are taken",
                "There are jobs in the places of all its next runs. Remove the finished ones, or choose other times.",
            ),
        };
        self.not_set(permit, request, AuditOutcome::Conflict, why)
            .await;
        Ok(SetOutcome::Conflict(of_id(words)))
    }

    async fn stale(&self, permit: &Permit<SetScheduler>, request: &SchedulerRequest) -> SetOutcome {
        let why = "it was changed in the meantime";
        self.not_set(permit, request, AuditOutcome::Conflict, why)
            .await;
        SetOutcome::Stale
    }
}
