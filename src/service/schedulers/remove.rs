//! Removes a scheduler, so that it makes no further jobs.

use super::all::dialect_of;
use super::read::no_scheduler;
use crate::domain::access::permission::RemoveScheduler;
use crate::domain::access::{Action, Operator};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::reason::BadReason;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::job::Revision;
use crate::domain::schedulers::scheduler::Scheduler;
use crate::domain::schedulers::scheduler_ref::SchedulerRef;
use crate::service::Services;
use crate::service::edit::recorded_change::keep_removed;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::large_texts::memory_budget::{BRIEFLY, DATA_TAKES};
use crate::store::bullmq::schedulers::changes::SchedulerChanged;

/// What came of removing a scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
                let refused = entry(AuditOutcome::Invalid).because(bad);
                self.note(refused.as_entry()).await;
                return Ok(RemoveOutcome::BadReason(bad));
            }
        };
        let room = DATA_TAKES * self.next_job_size(&scheduler).await?;
        let _room = self.room.take(room, BRIEFLY).await?;
        let applied = entry(AuditOutcome::Applied);
        let kept = self
            .keep_edited_job(applied, &scheduler, reason.as_str())
            .await;
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
        let refused = entry(AuditOutcome::Conflict)
            .reason(reason.as_str())
            .because(why);
        self.note(refused.as_entry()).await;
        Ok(outcome)
    }

    /// The entry with the reason and, where someone edited it, the data of the next job, which goes; and the digest of that data.
    async fn keep_edited_job(
        &self,
        entry: UnrecordedEntry<RemoveScheduler>,
        scheduler: &Scheduler,
        reason: &str,
    ) -> Result<(UnrecordedEntry<RemoveScheduler>, String), ServiceError> {
        let Some(job) = self.edited_next_job(scheduler).await? else {
            return Ok((entry.reason(reason), String::new()));
        };
        let redactor = self.redactor().await?.clone();
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
