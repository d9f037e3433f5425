//! Runs: beginning, stopping and continuing long operations.
//!
//! A kind of run is a [`Work`]. To add a kind: register it in `service/runs/kinds.rs`, and begin it with `begin_run`, or with
//! `start_run` where a second person may have to approve it. Nothing is remembered between pieces but what Redis holds, so going on is beginning anew with what is left.

pub(crate) mod kinds;
pub(crate) mod plan;
pub(crate) mod registry;
pub(crate) mod seen;
pub(crate) mod skipped_jobs;
pub(crate) mod start;
pub(crate) mod worker;

use std::sync::Arc;

use super::Services;
use super::accounts::token::random_token;
use super::error::ServiceError;
use crate::clock::unix_millis;
use crate::domain::access::{Operator, Permit};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::reason::{Need, Reason};
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::run::{Figures, Lease, Run, RunApproval, RunId, RunState};
use crate::store::records::proposals::approval::Unmet;
use crate::store::records::runs::beside::RunBeside;
use crate::store::records::runs::held::RunStart;
use crate::store::records::runs::{Begun, RunStopped};
use plan::{RunBegun, RunPlan};
use seen::no_run;
use worker::Work;

impl Services {
    /// Begins a run that takes no second person, with its intent in the audit log. Refused while another run holds one of its
    /// queues.
    pub(crate) async fn begin_run<W: Work>(
        self: &Arc<Self>,
        operator: &Operator,
        plan: RunPlan,
    ) -> Result<RunBegun, ServiceError> {
        let run = new_run::<W>(RunId::fresh(), operator, plan, RunApproval::NotAsked)?;
        let begun = self.begin_new_run::<W>(operator, run, RunBeside::Nothing);
        begun.await?.map_err(|unmet| unasked(&unmet))
    }

    /// Begins a run together with what is asked and written beside it; or says what of that is not met.
    pub(crate) async fn begin_new_run<W: Work>(
        self: &Arc<Self>,
        operator: &Operator,
        run: Run,
        beside: RunBeside<'_>,
    ) -> Result<Result<RunBegun, Unmet>, ServiceError> {
        let id = run.id.clone();
        let start = self.prepare::<W>(operator, run, "").await?;
        let intent = start.intent.as_entry().clone();
        let begun = self.store.begin_run(start, beside).await;
        match self.witnessed(&intent, begun)? {
            Begun::Unmet(unmet) => Ok(Err(unmet)),
            begun => self.taken_up::<W>(begun, &id).map(Ok),
        }
    }

    /// Continues a run that was stopped, interrupted or failed, as `operator`.
    #[tracing::instrument(level = "error", skip_all, fields(run = %id))]
    pub async fn go_on(
        self: &Arc<Self>,
        operator: &Operator,
        id: &RunId,
        reason: &str,
    ) -> Result<RunBegun, ServiceError> {
        let mut run = self.seen_run(operator, id).await?;
        run.actor = operator.actor().clone();
        run.role = operator.role().name().to_owned();
        if !reason.trim().is_empty() {
            run.reason = Reason::parse(reason, Need::Optional)?.as_str().to_owned();
        }
        run.updated = unix_millis();
        // The target may have vanished since, or be outside the operator's scope.
        if let Some(target) = &run.target
            && let Err(words) = self.can_move(&run.source, target).await?
        {
            return Err(ServiceError::Bad(words));
        }
        let resume = self.run_kinds.of(run.kind)?.resume;
        resume(self, operator, run).await
    }

    pub(crate) async fn resume_run<W: Work>(
        self: &Arc<Self>,
        operator: &Operator,
        run: Run,
    ) -> Result<RunBegun, ServiceError> {
        let id = run.id.clone();
        let start = self.prepare::<W>(operator, run, "continued: ").await?;
        let intent = start.intent.as_entry().clone();
        let begun = self.store.resume_run(start).await;
        let begun = self.witnessed(&intent, begun)?;
        self.taken_up::<W>(begun, &id)
    }

    /// Tells a run to stop; `None` if there was nothing to stop.
    #[tracing::instrument(level = "error", skip_all, fields(run = %id))]
    pub async fn stop_run(
        &self,
        operator: &Operator,
        id: &RunId,
    ) -> Result<Option<RunState>, ServiceError> {
        let run = self.seen_run(operator, id).await?;
        let stop = self.run_kinds.of(run.kind)?.stop;
        stop(self, operator, &run).await
    }

    pub(crate) async fn tell_to_stop<W: Work>(
        &self,
        operator: &Operator,
        run: &Run,
    ) -> Result<Option<RunState>, ServiceError> {
        let (permit, _) = self.run_permits::<W>(operator, run).await?;
        let entry = UnrecordedEntry::new(&permit, W::ACT, AuditOutcome::Applied)
            .about_run(run)
            .noting("told to stop");
        let stopped = self.store.stop_run(&entry, run, unix_millis()).await;
        let stopped = self.witnessed(entry.as_entry(), stopped)?;
        match stopped {
            RunStopped::Stopping => Ok(Some(RunState::Stopping)),
            RunStopped::Stopped => Ok(Some(RunState::Stopped)),
            RunStopped::Over => Ok(None),
            RunStopped::Gone => Err(no_run(&run.id)),
        }
    }

    /// The permits for all of its queues, or a refusal with its audit entry.
    async fn run_permits<W: Work>(
        &self,
        operator: &Operator,
        run: &Run,
    ) -> Result<RunPermits<W>, ServiceError> {
        let permit = self.permit_uncounted(operator, run.source.clone()).await?;
        let mut others = Vec::new();
        for queue in run.queues().skip(1) {
            others.push(self.permit_uncounted(operator, queue.clone()).await?);
        }
        Ok((permit, others))
    }

    async fn prepare<W: Work>(
        &self,
        operator: &Operator,
        run: Run,
        how: &str,
    ) -> Result<RunStart<W::Permission>, ServiceError> {
        let (permit, others) = self.run_permits::<W>(operator, &run).await?;
        self.count_change(&permit).await?;
        let intent = UnrecordedEntry::new(&permit, W::ACT, AuditOutcome::Intent)
            .about_run(&run)
            .reason(&self.kept_reason(&run.reason, Vec::new).await?)
            .noting(format!("{how}{}{}", agreed_to(&run.approval), run.about));
        let lease = Lease {
            run: run.id.clone(),
            token: random_token(),
        };
        Ok(RunStart {
            run,
            lease,
            others,
            intent,
        })
    }

    /// Starts the task that works on a run, if the run was taken up.
    fn taken_up<W: Work>(
        self: &Arc<Self>,
        begun: Begun<W::Permission>,
        id: &RunId,
    ) -> Result<RunBegun, ServiceError> {
        match begun {
            Begun::Yes(held) => {
                let work = W::of(held.run())?;
                tokio::spawn(Arc::clone(self).drive(held, work));
                Ok(RunBegun::Yes(id.clone()))
            }
            Begun::Busy(other) => Ok(RunBegun::Busy(other)),
            Begun::Over => Ok(RunBegun::Over),
            Begun::Unmet(unmet) => Err(unasked(&unmet)),
            Begun::Gone => Err(no_run(id)),
        }
    }
}

/// The permit for a run's source, and those for its other queues in their order.
type RunPermits<W> = (
    Permit<<W as Work>::Permission>,
    Vec<Permit<<W as Work>::Permission>>,
);

/// A run that is about to begin.
pub(crate) fn new_run<W: Work>(
    id: RunId,
    operator: &Operator,
    plan: RunPlan,
    approval: RunApproval,
) -> Result<Run, ServiceError> {
    let now = unix_millis();
    let reason = Reason::parse(&plan.reason, Need::Optional)?;
    Ok(Run {
        id,
        kind: W::KIND,
        source: plan.source,
        more: plan.more,
        target: plan.target,
        spec: plan.spec,
        about: plan.about,
        actor: operator.actor().clone(),
        role: operator.role().name().to_owned(),
        reason: reason.as_str().to_owned(),
        approval,
        state: RunState::Running,
        figures: Figures {
            total: plan.total,
            ..Figures::default()
        },
        begun: now,
        updated: now,
        words: String::new(),
    })
}

/// Who agreed to a run, as its entry notes it.
fn agreed_to(approval: &RunApproval) -> String {
    match approval {
        RunApproval::NotAsked => String::new(),
        RunApproval::By(name) => format!("approved by {name}: "),
        RunApproval::Alone(name) => format!("begun by {name} without approval: "),
    }
}

/// The store said something that only an answer to another question says.
fn unasked(unmet: &Unmet) -> ServiceError {
    ServiceError::Broken(format!(
        "a run was checked against what it does not take: {unmet:?}"
    ))
}
