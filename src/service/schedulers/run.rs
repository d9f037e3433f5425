//! Runs a scheduler now: adds one job from its template, as any job is added. Its next run stays as it is.

use super::read::no_scheduler;
use super::set::stored::StoredScheduler;
use crate::clock::unix_millis;
use crate::domain::access::permission::RunScheduler;
use crate::domain::access::{Action, Operator, Permit};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::reason::BadReason;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::job::{JobId, Revision};
use crate::domain::schedulers::scheduler_ref::SchedulerRef;
use crate::domain::schedulers::setup::stored::options_of_one_job;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::jobs::add::recorded::keep;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::schedulers::all::dialect_of;
use crate::store::bullmq::operations::add::{AddAnswer, NewJob};

/// What came of running a scheduler now.
#[derive(Debug)]
pub(crate) enum RunOutcome {
    /// This job was added.
    Added(JobId),
    /// This is wrong with the reason; nothing was added.
    BadReason(BadReason),
    /// The queue does not take it as it is now, and why; nothing was added.
    Conflict(String),
    /// Someone else changed the scheduler since the page was made; nothing was added.
    Stale,
    /// Redis did not answer in time; it is not known whether a job was added.
    Unknown,
}

impl Services {
    /// A scheduler that this person may run now.
    pub(crate) async fn scheduler_to_run(
        &self,
        operator: &Operator,
        target: &SchedulerRef,
    ) -> Result<StoredScheduler, ServiceError> {
        let SchedulerRef { queue, id } = target;
        self.check_may(operator, Action::RunScheduler, queue, None)
            .await?;
        let mut stored = self
            .read_to_run(target)
            .await?
            .ok_or_else(|| no_scheduler(queue, id))?;
        stored.revision = self.told_revision(operator, queue, stored.revision).await?;
        Ok(stored)
    }

    async fn read_to_run(
        &self,
        target: &SchedulerRef,
    ) -> Result<Option<StoredScheduler>, ServiceError> {
        let SchedulerRef { queue, id } = target;
        self.know(queue).await?;
        let version = self.store.bull_version(queue).await?.unwrap_or_default();
        self.stored_scheduler(queue, dialect_of(&version), id).await
    }

    /// Adds a job from the template of a scheduler that still has this revision, and writes the audit entry, or does neither.
    #[tracing::instrument(level = "error", skip_all, fields(queue = %target.queue))]
    pub(crate) async fn run_scheduler(
        &self,
        operator: &Operator,
        target: &SchedulerRef,
        revision: &str,
        reason: &str,
    ) -> Result<RunOutcome, ServiceError> {
        let permit = self
            .permit::<RunScheduler>(operator, target.clone())
            .await?;
        let reason = match self.rules.reason(reason) {
            Ok(reason) => reason,
            Err(bad) => {
                self.not_run(&permit, AuditOutcome::Invalid, &bad.to_string())
                    .await;
                return Ok(RunOutcome::BadReason(bad));
            }
        };
        let SchedulerRef { queue, id } = target;
        let stored = match self.read_to_run(target).await {
            Err(stop @ (ServiceError::Bad(_) | ServiceError::TooLarge { .. })) => {
                let why = stop.to_string();
                self.not_run(&permit, AuditOutcome::Invalid, &why).await;
                return Err(stop);
            }
            stored => stored?.ok_or_else(|| no_scheduler(queue, id))?,
        };
        let told = self
            .told_revision(operator, queue, stored.revision.clone())
            .await?;
        if told != revision {
            let why = "it was changed in the meantime";
            self.not_run(&permit, AuditOutcome::Conflict, why).await;
            return Ok(RunOutcome::Stale);
        }
        let pairs = options_of_one_job(stored.texts.options.as_deref());
        let pairs = match pairs {
            Ok(pairs) if !stored.scheduler.is_legacy() => pairs,
            _ => {
                let why = "it has no template that can be read";
                self.not_run(&permit, AuditOutcome::Conflict, why).await;
                return Ok(RunOutcome::Conflict(NO_TEMPLATE.to_owned()));
            }
        };
        let entry = self.entry_of_run(&permit, &stored, reason.as_str()).await?;
        let job = NewJob {
            name: &stored.scheduler.name,
            data: stored.data(),
            pairs: &pairs,
            own_id: "",
            now: unix_millis(),
            for_bullmq_4: false,
        };
        let answer = self.store.run_scheduler(&entry, &job).await;
        let Some(answer) = self.witnessed_if_heard(entry.as_entry(), answer)? else {
            return Ok(RunOutcome::Unknown);
        };
        let (why, words) = match answer {
            AddAnswer::Added(job, _) => {
                self.overview.touch(queue, &job);
                return Ok(RunOutcome::Added(job));
            }
            AddAnswer::NoQueue => {
                return Err(ServiceError::NotFound(format!("queue {:?}", queue.name())));
            }
            AddAnswer::Deduplicated(other) => (
                "the deduplication id is taken",
                format!(
                    "Job {other:?} holds the deduplication id of the template, so BullMQ would ignore another one. Wait until that job has finished."
                ),
            ),
            AddAnswer::Taken
            | AddAnswer::NoParent
            | AddAnswer::ParentNotWaiting
            | AddAnswer::OtherVersion => (
                "the queue does not take the job",
                "The queue does not take the job as it is now. Try again.".to_owned(),
            ),
        };
        self.not_run(&permit, AuditOutcome::Conflict, why).await;
        Ok(RunOutcome::Conflict(words))
    }

    async fn not_run(&self, permit: &Permit<RunScheduler>, outcome: AuditOutcome, why: &str) {
        let entry = Entry::of(permit, AuditAction::RunScheduler, outcome)
            .noting(format!("the scheduler {:?}", permit.target().id.as_str()))
            .because(why);
        self.note(&entry).await;
    }

    /// The entry; the script adds the job's id and state.
    async fn entry_of_run(
        &self,
        permit: &Permit<RunScheduler>,
        stored: &StoredScheduler,
        reason: &str,
    ) -> Result<UnrecordedEntry<RunScheduler>, ServiceError> {
        let queue = &permit.target().queue;
        let redactor = self
            .redactor_for(queue, Some(&stored.scheduler.name))
            .await?;
        let digest = redactor.seal(Revision::of(stored.data()).as_str());
        let (name, id) = (&stored.scheduler.name, stored.scheduler.id.as_str());
        let note = format!("the scheduler {id:?}; job name {name:?}");
        let data = String::from_utf8_lossy(stored.data()).into_owned();
        let reason = reason.to_owned();
        let kept = run_blocking(data.len(), move || keep(&data, &note, &reason, &redactor)).await?;
        let kept = match kept {
            Ok(kept) => kept,
            Err(fault) => {
                let why =
                    format!("The data of its template is not JSON that can be recorded: {fault}");
                self.not_run(permit, AuditOutcome::Invalid, &why).await;
                return Err(ServiceError::Bad(why));
            }
        };
        Ok(
            UnrecordedEntry::new(permit, Act::RUN_SCHEDULER, AuditOutcome::Applied)
                .noting(kept.note)
                .reason(&kept.reason)
                .data_after(digest)
                .patch(kept.patch, String::new()),
        )
    }
}

const NO_TEMPLATE: &str =
    "It has no template of its jobs that can be read. A repeatable job of BullMQ 4 or 5 has none.";
