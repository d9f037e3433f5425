//! Adding a job: the checks, the entry, and the script that writes both in one step. Nothing is added that BullMQ would
//! silently ignore.

pub(crate) mod checks;
pub(crate) mod prefill;
pub(crate) mod recorded;
pub(crate) mod request;

use crate::clock::unix_millis;
use crate::domain::access::permission::AddJob;
use crate::domain::access::{Action, Operator, Permit};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::reason::Reason;
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::JobId;
use crate::domain::job::new_job::fields::{DEDUPLICATION, JOB_ID, PARENT_ID};
use crate::domain::operations::parameters::ParameterFault;
use crate::domain::queue::QueueId;
use crate::domain::schema::quick_fixes::QuickFix;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::bullmq::operations::add::{AddAnswer, NewJob};
use checks::CheckedJob;
use request::{AddOutcome, AddRequest};

impl Services {
    /// What is wrong with a text that is typed as the data of a new job. Nothing is written, and only a refusal is in the audit
    /// log.
    pub async fn check_new_data(
        &self,
        operator: &Operator,
        queue: &QueueId,
        name: &str,
        text: String,
    ) -> Result<Vec<TextProblem>, ServiceError> {
        self.check_may_add(operator, queue).await?;
        self.problems_for(queue, name, text).await
    }

    /// The fix that a person chose for the data of a new job, and the data with it. `None` if it is not offered any more.
    pub async fn fix_new_data(
        &self,
        operator: &Operator,
        request: &AddRequest,
        fix: &str,
    ) -> Result<Option<(QuickFix, String)>, ServiceError> {
        let (queue, name) = (&request.queue, &request.name);
        self.check_may_add(operator, queue).await?;
        self.fixed(queue, name, &request.data, fix).await
    }

    /// Adds a job and writes the audit entry, or does neither.
    #[tracing::instrument(level = "error", skip_all, fields(queue = %request.queue))]
    pub async fn add_job(
        &self,
        operator: &Operator,
        request: &AddRequest,
    ) -> Result<AddOutcome, ServiceError> {
        let queue = &request.queue;
        let permit = self.permit::<AddJob>(operator, queue.clone()).await?;
        self.know(queue).await?;
        let now = unix_millis();
        let checked = match self.check_new_job(operator, request, now).await? {
            Ok(checked) => checked,
            Err(faults) => {
                let (outcome, why) = faults.for_the_log();
                let entry = self.not_added(&permit, request, outcome);
                self.note(&entry.await.because(why)).await;
                return Ok(AddOutcome::Invalid(faults));
            }
        };
        self.write_new_job(&permit, request, checked, now).await
    }

    async fn write_new_job(
        &self,
        permit: &Permit<AddJob>,
        request: &AddRequest,
        checked: CheckedJob,
        now: u64,
    ) -> Result<AddOutcome, ServiceError> {
        let queue = permit.target();
        let (checked, entry) = self.entry_of_new_job(permit, request, checked).await?;
        let job = NewJob {
            name: &request.name,
            data: checked.data.as_bytes(),
            pairs: &checked.options.pairs(),
            own_id: checked.options.id.as_ref().map_or("", JobId::as_str),
            now,
            for_bullmq_4: checked.for_bullmq_4,
        };
        let answer = self.store.add_job(&entry, &job).await;
        let Some(answer) = self.witnessed_if_heard(entry.as_entry(), answer)? else {
            return Ok(AddOutcome::Unknown);
        };
        let conflict = |name, message: String| ParameterFault { name, message };
        let own_id = checked.options.id.as_ref().map_or("", JobId::as_str);
        let conflict = match answer {
            AddAnswer::Added(id, _) => {
                self.overview.touch(queue, &id);
                return Ok(AddOutcome::Added(id));
            }
            AddAnswer::NoQueue => {
                return Err(ServiceError::NotFound(format!("queue {:?}", queue.name())));
            }
            AddAnswer::Taken => conflict(
                JOB_ID,
                format!(
                    "There is a job with the id {own_id:?} already, so BullMQ would ignore this one. Choose another id, or remove that job first."
                ),
            ),
            AddAnswer::Deduplicated(other) => conflict(
                DEDUPLICATION,
                format!(
                    "Job {other:?} holds this deduplication id, so BullMQ would ignore this one. Choose another id, or wait until that job has finished."
                ),
            ),
            AddAnswer::NoParent => conflict(PARENT_ID, checks::NO_PARENT.to_owned()),
            AddAnswer::ParentNotWaiting => conflict(
                PARENT_ID,
                "This job does not wait for children, so it would not notice another one. Only a job in the state waiting-children can be a parent.".to_owned(),
            ),
            AddAnswer::OtherVersion => conflict(
                JOB_ID,
                "The queue's BullMQ version has just changed. Send the form again.".to_owned(),
            ),
        };
        let entry = self.not_added(permit, request, AuditOutcome::Conflict);
        let why = match conflict.name {
            DEDUPLICATION => "the deduplication id is taken",
            PARENT_ID => "the parent does not wait for children",
            _ => "the id is taken",
        };
        self.note(&entry.await.because(why)).await;
        Ok(AddOutcome::Conflict(conflict))
    }

    /// The entry of a job that was not added. It holds nothing of what was typed but the reason.
    async fn not_added(
        &self,
        permit: &Permit<AddJob>,
        request: &AddRequest,
        outcome: AuditOutcome,
    ) -> Entry {
        let reason = Reason::as_far_as_kept(&request.reason);
        let data = || vec![request.data.as_bytes().to_vec()];
        let reason = self.kept_reason_or_none(&request.queue, &reason, data);
        Entry::of(permit, AuditAction::AddJob, outcome).reason(&reason.await)
    }

    /// Checks whether `operator` may add a job to the queue, and that there is such a queue; a refusal is recorded.
    pub async fn check_may_add(
        &self,
        operator: &Operator,
        queue: &QueueId,
    ) -> Result<(), ServiceError> {
        self.check_may(operator, Action::AddJob, queue, None)
            .await?;
        self.know(queue).await
    }
}
