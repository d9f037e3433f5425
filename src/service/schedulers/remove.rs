//! Removes a scheduler, so that it makes no further jobs.

use super::all::dialect_of;
use super::read::no_scheduler;
use crate::domain::access::permission::RemoveScheduler;
use crate::domain::access::{Action, Operator};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::reason::{Need, Reason};
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::schedulers::scheduler::Scheduler;
use crate::domain::schedulers::scheduler_ref::SchedulerRef;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::bullmq::schedulers::changes::SchedulerChanged;

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
    pub async fn remove_scheduler(
        &self,
        operator: &Operator,
        target: &SchedulerRef,
        revision: &str,
        reason: &str,
    ) -> Result<SchedulerChanged, ServiceError> {
        let permit = self
            .permit::<RemoveScheduler>(operator, target.clone())
            .await?;
        let reason = Reason::parse(reason, Need::Optional)?;
        let SchedulerRef { queue, id } = target;
        let figures = self.known_figures(queue).await?;
        let dialect = dialect_of(&figures.bull_version);
        let Some(scheduler) = self.store.scheduler(queue, dialect, id).await? else {
            return Ok(SchedulerChanged::Gone);
        };
        let entry = |outcome| {
            UnrecordedEntry::new(&permit, Act::REMOVE_SCHEDULER, outcome)
                .noting(note(&scheduler))
                .reason(reason.as_str())
        };
        let applied = entry(AuditOutcome::Applied);
        let is_legacy = scheduler.is_legacy();
        let written = self
            .store
            .remove_scheduler(&applied, is_legacy, revision)
            .await;
        let changed = self.witnessed(applied.as_entry(), written)?;
        if changed == SchedulerChanged::Stale {
            let refused = entry(AuditOutcome::Conflict).because("it was changed in the meantime");
            self.note(refused.as_entry()).await;
        }
        if changed == SchedulerChanged::Done {
            self.schedulers.forget();
        }
        Ok(changed)
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
