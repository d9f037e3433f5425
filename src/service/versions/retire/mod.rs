//! Retiring a version: whether it may go, what would be removed, and the run that removes it from Redis.
//!
//! The signs that someone may still need it are checked when the page is drawn, when the run begins, when its work begins,
//! and, as far as Redis can tell, in every step of it.

pub(crate) mod facts;
pub(crate) mod policy;
pub(crate) mod worker;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::access::permission::RetireVersion;
use crate::domain::access::{Action, Operator};
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::reason::{BadReason, Need, Reason};
use crate::domain::proposals::runs::RunReview;
use crate::domain::queue::{Counts, QueueId};
use crate::domain::stats::memory::Memory;
use crate::domain::versions::retire::{Obstacle, obstacles};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::live::snapshot::VersionFigures;
use crate::service::runs::plan::RunPlan;
use crate::service::runs::start::RunStarted;
use facts::plan;
use worker::Retiring;

/// A version, and whether it may be retired.
#[derive(Debug)]
pub struct RetireSeen {
    /// The version.
    pub version: VersionFigures,
    /// All reasons why it can't be retired; none if it can be.
    pub obstacles: Vec<Obstacle>,
    /// The number of jobs in each state, counted for this page.
    pub counts: Counts,
    /// Its estimated memory in Redis; `None` if Redis did not say.
    pub memory: Option<Memory>,
    /// How long it must be quiet.
    pub needs_quiet: Duration,
}

/// A person's request to retire a version.
#[derive(Debug, Clone, Default)]
pub struct RetireRequest {
    /// The queue's name, as they typed it.
    pub typed: String,
    /// Their reason.
    pub reason: String,
    /// Whether they ask to begin it without the second person that it takes.
    pub alone: bool,
}

/// The result of the request.
#[derive(Debug)]
pub enum RetireOutcome {
    /// What came of starting the run.
    Started(RunStarted),
    /// It can't be retired now, or the form is not complete: all the reasons.
    Refused(Vec<String>),
}

impl Services {
    /// Whether a version may be retired, and what would be removed.
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

    /// Starts to retire a version. A refusal is recorded with all its reasons.
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
        let reason = Reason::parse(&wish.reason, Need::Required);
        match &reason {
            Ok(_) => {}
            Err(BadReason::Missing) => wrong.push("no reason was given".to_owned()),
            Err(bad) => wrong.push(bad.to_string()),
        }
        if !wrong.is_empty() {
            let outcome = match found.is_empty() {
                true => AuditOutcome::Invalid,
                false => AuditOutcome::Conflict,
            };
            let entry = Entry::of(&permit, AuditAction::RetireVersion, outcome)
                .reason(reason.as_ref().map_or("", Reason::as_str))
                .because(wrong.join("; "));
            self.note(&entry).await;
            return Ok(RetireOutcome::Refused(wrong));
        }
        let memory = self.store.memory(queue, &facts.counts).await?;
        let review = RunReview::default()
            .figure("completed", facts.counts.completed)
            .figure("failed", facts.counts.failed);
        let plan = plan(queue, &facts, memory, &wish.reason);
        let started = self.start_run::<Retiring>(operator, plan, review, wish.alone);
        Ok(RetireOutcome::Started(started.await?))
    }

    /// The plan of a retirement that was proposed, as it may begin now, or why it may not.
    pub(crate) async fn retirement_again(
        &self,
        queue: &QueueId,
        reason: &str,
    ) -> Result<Result<RunPlan, String>, ServiceError> {
        let (facts, _) = self.retire_facts(queue).await?;
        let found = obstacles(&facts, self.rules.retire_quiet);
        if !found.is_empty() {
            let found: Vec<String> = found.iter().map(Obstacle::to_string).collect();
            return Ok(Err(found.join("; ")));
        }
        let memory = self.store.memory(queue, &facts.counts).await?;
        Ok(Ok(plan(queue, &facts, memory, reason)))
    }
}
