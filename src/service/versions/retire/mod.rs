//! Retiring a version: whether it may go, what would go with it, and the run that takes it out of Redis.
//!
//! Whatever says that somebody may still want it is asked for when the page is drawn, when the run is begun, when its
//! work begins, and, as far as Redis can tell, in every step of it.

pub(crate) mod policy;
pub(crate) mod worker;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::access::permission::RetireVersion;
use crate::domain::access::{Action, Operator};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::job::JobState;
use crate::domain::queue::{Counts, QueueId};
use crate::domain::run::RunId;
use crate::domain::stats::memory::Memory;
use crate::domain::versions::retire::{Facts, LiveRelative, Obstacle, obstacles};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::live::snapshot::VersionFigures;
use crate::service::runs::{RunBegun, RunPlan};
use crate::store::bullmq::retire::SignsOfUse;
use worker::Retiring;

/// How many finished jobs of each state a page looks through for live flows; the run looks through all.
pub(crate) const LOOKED_AT: u64 = 2_000;

/// The states whose jobs go.
pub(crate) const FINISHED: [JobState; 2] = [JobState::Completed, JobState::Failed];

/// A version that may be retired, or not.
#[derive(Debug)]
pub struct RetireSeen {
    /// The version.
    pub version: VersionFigures,
    /// All that keeps it from being retired; none where it may be.
    pub obstacles: Vec<Obstacle>,
    /// Its jobs by state, counted just now.
    pub counts: Counts,
    /// About how many bytes it takes; `None` where Redis does not tell.
    pub memory: Option<Memory>,
    /// For how long it has to be quiet.
    pub needs_quiet: Duration,
}

/// What a person sent to retire a version.
#[derive(Debug, Clone, Default)]
pub struct RetireRequest {
    /// The queue's name, typed.
    pub typed: String,
    /// Why.
    pub reason: String,
}

/// What came of it.
#[derive(Debug)]
pub enum RetireOutcome {
    /// The run is under way.
    Begun(RunId),
    /// Another run has the queue.
    Busy(RunId),
    /// It may not be retired as things are, or the form is not filled in: what is wrong, all of it.
    Refused(Vec<String>),
}

impl Services {
    /// Whether a version may be retired, and what would go.
    pub async fn retire_look(
        &self,
        operator: &Operator,
        queue: &QueueId,
    ) -> Result<RetireSeen, ServiceError> {
        self.check_may(operator, Action::RetireVersion, queue, None)
            .await?;
        let version = self.queue_counts(operator, queue).await?;
        let (facts, _) = self.retire_facts(queue).await?;
        let memory = self.store.memory(queue, &facts.counts).await?;
        let needs_quiet = self.rules.retire_quiet;
        Ok(RetireSeen {
            version,
            obstacles: obstacles(&facts, needs_quiet),
            counts: facts.counts,
            memory,
            needs_quiet,
        })
    }

    /// Begins to retire a version. A refusal is in the audit log with all its reasons.
    #[tracing::instrument(level = "error", skip_all, fields(%queue))]
    pub async fn retire(
        self: &Arc<Self>,
        operator: &Operator,
        queue: &QueueId,
        wish: &RetireRequest,
    ) -> Result<RetireOutcome, ServiceError> {
        let permit = self
            .permit::<RetireVersion>(operator, queue.clone())
            .await?;
        self.check_queue(operator, queue).await?;
        let (facts, _) = self.retire_facts(queue).await?;
        let found = obstacles(&facts, self.rules.retire_quiet);
        let mut wrong: Vec<String> = found.iter().map(Obstacle::to_string).collect();
        if wish.typed != queue.name() {
            wrong.push(format!("the name {:?} was not typed", queue.name()));
        }
        if wish.reason.trim().is_empty() {
            wrong.push("no reason was given".to_owned());
        }
        if !wrong.is_empty() {
            let outcome = match found.is_empty() {
                true => AuditOutcome::Invalid,
                false => AuditOutcome::Conflict,
            };
            let entry = Entry::of(&permit, AuditAction::RetireVersion, outcome)
                .reason(wish.reason.trim())
                .because(wrong.join("; "));
            self.note(&entry).await;
            return Ok(RetireOutcome::Refused(wrong));
        }
        let memory = self.store.memory(queue, &facts.counts).await?;
        let begun = self
            .begin_run::<Retiring>(operator, plan(queue, &facts, memory, &wish.reason))
            .await?;
        Ok(match begun {
            RunBegun::Yes(id) => RetireOutcome::Begun(id),
            RunBegun::Busy(id) => RetireOutcome::Busy(id),
            RunBegun::Over => return Err(ServiceError::Broken("a new run is over".to_owned())),
        })
    }

    /// What is known of a version now, and what it shows of being in use.
    pub(crate) async fn retire_facts(
        &self,
        queue: &QueueId,
    ) -> Result<(Facts, SignsOfUse), ServiceError> {
        let is_current = self.is_current(queue)?;
        let signs = self.store.signs(queue).await?;
        let looked = self.store.figures(std::slice::from_ref(queue)).await?;
        let Some(looked) = looked.into_iter().next() else {
            return Err(ServiceError::NotFound(format!("queue {:?}", queue.name())));
        };
        let facts = Facts {
            counts: looked.figures.counts,
            workers: self.workers_now(queue).await?,
            unnamed_workers: looked.worker_was_there,
            schedulers: signs.schedulers,
            is_current,
            quiet: signs.quiet,
            relative: self.live_relative(queue).await?,
        };
        Ok((facts, signs))
    }

    /// How many workers are connected now; `None` where that can't be told.
    pub(crate) async fn workers_now(&self, queue: &QueueId) -> Result<Option<u32>, ServiceError> {
        let clients = self.store.clients().await?;
        Ok(clients.map(|clients| clients.workers_of(queue)))
    }

    /// Which version is current depends on all of its family, so the snapshot has to have it.
    fn is_current(&self, queue: &QueueId) -> Result<bool, ServiceError> {
        match self.overview.now().queue(queue) {
            Some(seen) => Ok(seen.standing.is_current),
            None => Err(ServiceError::NotFound(format!(
                "queue {:?} among those counted so far",
                queue.name()
            ))),
        }
    }

    /// A finished job that a live flow needs, among the first some of each state.
    async fn live_relative(&self, queue: &QueueId) -> Result<Option<LiveRelative>, ServiceError> {
        for state in FINISHED {
            let mut from = 0;
            while from < LOOKED_AT {
                let (seen, found) = self.store.live_relative(queue, state, from).await?;
                if found.is_some() {
                    return Ok(found);
                }
                if seen == 0 {
                    break;
                }
                from += seen;
            }
        }
        Ok(None)
    }
}

/// The run, with all that goes for the audit log.
pub(crate) fn plan(
    queue: &QueueId,
    facts: &Facts,
    memory: Option<Memory>,
    reason: &str,
) -> RunPlan {
    let Counts {
        completed, failed, ..
    } = facts.counts;
    let bytes = match memory {
        Some(memory) => format!("about {} bytes", memory.total()),
        None => "an unknown number of bytes".to_owned(),
    };
    RunPlan {
        source: queue.clone(),
        target: None,
        spec: "{}".to_owned(),
        total: completed + failed,
        reason: reason.to_owned(),
        about: format!(
            "takes out {completed} completed and {failed} failed jobs with their logs, the events, metrics and settings \
             of the queue: {bytes}"
        ),
    }
}
