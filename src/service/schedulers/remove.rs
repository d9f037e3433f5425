//! Removes a scheduler, so that it makes no further jobs.

use super::all::dialect_of;
use super::read::{TemplateText, no_scheduler};
use crate::domain::access::permission::RemoveScheduler;
use crate::domain::access::{Action, Operator};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::reason::BadReason;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::job::{JobState, Revision};
use crate::domain::schedulers::scheduler::Scheduler;
use crate::domain::schedulers::scheduler_ref::SchedulerRef;
use crate::service::Services;
use crate::service::edit::recorded_change::keep_removed;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::large_texts::memory_budget::{BRIEFLY, DATA_TAKES};
use crate::store::bullmq::schedulers::changes::SchedulerChanged;

/// What came of removing a scheduler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RemoveOutcome {
    /// It was removed.
    Removed,
    /// There is no such scheduler.
    Gone,
    /// It was changed since the person saw it; nothing was removed.
    Stale,
    /// The data of its next job was changed just now; nothing was removed.
    JobChanged,
    /// This is wrong with the reason; nothing was removed.
    BadReason(BadReason),
}

impl Services {
    /// A scheduler that this person may remove, and its revision.
    pub async fn scheduler_to_remove(
        &self,
        operator: &Operator,
        target: &SchedulerRef,
    ) -> Result<(Scheduler, String), ServiceError> {
        let SchedulerRef { queue, id } = target;
        self.check_may(operator, Action::RemoveScheduler, queue, None)
            .await?;
        // The revision is older than what is shown, never newer: a change in between makes it stale.
        let revision = self.store.scheduler_revision(queue, id).await?;
        let figures = self.known_figures(queue).await?;
        let dialect = dialect_of(&figures.bull_version);
        let scheduler = self.store.scheduler(queue, dialect, id).await?;
        let scheduler = scheduler.ok_or_else(|| no_scheduler(queue, id))?;
        Ok((scheduler, revision))
    }

    /// Removes a scheduler and its next job, if it still has this revision.
    #[tracing::instrument(level = "error", skip_all, fields(queue = %target.queue))]
    pub(crate) async fn remove_scheduler(
        &self,
        operator: &Operator,
        target: &SchedulerRef,
        revision: &str,
        reason: &str,
    ) -> Result<RemoveOutcome, ServiceError> {
        let permit = self
            .permit::<RemoveScheduler>(operator, target.clone())
            .await?;
        let SchedulerRef { queue, id } = target;
        let figures = self.known_figures(queue).await?;
        let dialect = dialect_of(&figures.bull_version);
        let Some(scheduler) = self.store.scheduler(queue, dialect, id).await? else {
            return Ok(RemoveOutcome::Gone);
        };
        let entry = |outcome| {
            UnrecordedEntry::new(&permit, Act::REMOVE_SCHEDULER, outcome).noting(note(&scheduler))
        };
        let reason = match self.rules.reason(reason) {
            Ok(reason) => reason,
            Err(bad) => {
                let refused = entry(AuditOutcome::Invalid).because(&bad);
                self.note(refused.as_entry()).await;
                return Ok(RemoveOutcome::BadReason(bad));
            }
        };
        let limit = self.rules.max_data_bytes;
        let [template, _] = scheduler.template_sizes;
        let next_job = match takes_next_job(&scheduler) {
            true => self.next_job_size(&scheduler).await?,
            false => 0,
        };
        let room = DATA_TAKES * (template.min(limit) + next_job.min(limit));
        let _room = self.room.take(room, BRIEFLY).await?;
        let reason = self.reason_to_remove(&scheduler, reason.as_str()).await?;
        let applied = entry(AuditOutcome::Applied);
        let kept = self.keep_edited_job(applied, &scheduler, &reason).await;
        let (applied, kept_data) = match kept {
            Err(stop @ (ServiceError::TooLarge { .. } | ServiceError::Unkept(_))) => {
                let why = format!("the next job's data can't be kept: {stop}");
                let refused = entry(AuditOutcome::Invalid).because(why);
                self.note(refused.as_entry()).await;
                return Err(stop);
            }
            kept => kept?,
        };
        let is_legacy = scheduler.is_legacy();
        let written = self
            .store
            .remove_scheduler(&applied, is_legacy, revision, &kept_data)
            .await;
        let (outcome, why) = match self.witnessed(applied.as_entry(), written)? {
            SchedulerChanged::Done => {
                self.schedulers.forget();
                return Ok(RemoveOutcome::Removed);
            }
            SchedulerChanged::Gone => return Ok(RemoveOutcome::Gone),
            SchedulerChanged::Stale => (RemoveOutcome::Stale, "it was changed in the meantime"),
            SchedulerChanged::JobChanged => (
                RemoveOutcome::JobChanged,
                "the data of its next job was changed in the meantime",
            ),
        };
        let refused = entry(AuditOutcome::Conflict).reason(&reason).because(why);
        self.note(refused.as_entry()).await;
        Ok(outcome)
    }

    /// The reason without the values that `redact` hides in the template's data, as far as that is small enough to be read.
    async fn reason_to_remove(
        &self,
        scheduler: &Scheduler,
        reason: &str,
    ) -> Result<String, ServiceError> {
        let [size, _] = scheduler.template_sizes;
        let redactor = self.redactor_for(&scheduler.queue, None).await?;
        let is_read = !redactor.is_empty() && size <= self.rules.max_data_bytes;
        let template = match is_read {
            true => {
                let (queue, id) = (&scheduler.queue, &scheduler.id);
                let field = TemplateText::Data.field();
                self.store.template_text(queue, id, field).await?
            }
            false => None,
        };
        self.kept_reason_in(&scheduler.queue, reason, || template.into_iter().collect())
            .await
    }

    /// The entry with the reason and, where the next job goes and someone edited it, its data; and the digest of that data.
    async fn keep_edited_job(
        &self,
        entry: UnrecordedEntry<RemoveScheduler>,
        scheduler: &Scheduler,
        reason: &str,
    ) -> Result<(UnrecordedEntry<RemoveScheduler>, String), ServiceError> {
        let edited = match takes_next_job(scheduler) {
            true => self.edited_next_job(scheduler).await?,
            false => None,
        };
        let Some(job) = edited else {
            return Ok((entry.reason(reason), String::new()));
        };
        let redactor = self.redactor_for(&scheduler.queue, None).await?;
        let (size, reason) = (job.data.len(), reason.to_owned());
        let entry = entry
            .noting(format!(
                "{}; the data of its next job {:?} is kept",
                note(scheduler),
                job.id.as_str()
            ))
            .data_before(redactor.seal(Revision::of(&job.data).as_str()));
        let work =
            move || keep_removed(&job.data, &reason, &redactor).map(|kept| (kept, job.digest));
        let ((kept, reason), digest) = run_blocking(size, work)
            .await?
            .map_err(ServiceError::Unkept)?;
        Ok((kept.put_in(entry).reason(&reason), digest))
    }
}

/// Whether removing the scheduler takes its next job away too. BullMQ leaves a job that waits for a worker already.
fn takes_next_job(scheduler: &Scheduler) -> bool {
    let pending = scheduler.pending.as_ref();
    pending.is_some_and(|job| job.state == Some(JobState::Delayed))
}

/// What the audit log keeps of a scheduler.
pub(super) fn note(scheduler: &Scheduler) -> String {
    let words = scheduler.words();
    let rule = match words.pattern.is_empty() {
        true => words.words,
        false => words.pattern,
    };
    let zone = match words.zone.is_empty() {
        true => String::new(),
        false => format!(", {}", words.zone),
    };
    format!("the scheduler {:?}: {rule}{zone}", scheduler.id.as_str())
}
