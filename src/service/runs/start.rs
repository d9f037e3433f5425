//! The one way in which a person starts a run that may take a second person: it begins at once, or waits as a proposal until
//! someone approves it, or is begun alone, with an alarm (break-glass).

use std::sync::Arc;

use super::new_run;
use super::plan::{RunBegun, RunPlan};
use super::worker::Work;
use crate::clock::unix_millis;
use crate::domain::access::permission::BreakGlassRun;
use crate::domain::access::{Operator, Permit};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::reason::BadReason;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::edit::broken_glass::LEAST_REASON;
use crate::domain::proposals::ProposalId;
use crate::domain::proposals::runs::RunReview;
use crate::domain::run::{RunApproval, RunId, RunKind};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::records::runs::beside::RunBeside;

/// What came of starting a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunStarted {
    /// It is under way.
    Begun(RunId),
    /// This run has one of its queues.
    Busy(RunId),
    /// It waits for a second person.
    Proposed(ProposalId),
    /// There is no room for another proposal, and why.
    NoRoom(String),
    /// The person has to type their password again.
    NeedsPassword,
    /// The reason does not do.
    NeedsReason(BadReason),
}

impl Services {
    /// Whether the settings put every run of this kind before a second person.
    pub fn takes_second_person(&self, kind: RunKind) -> bool {
        self.rules.approval_for.contains(&kind)
    }

    /// Starts a run that was reviewed; `alone` where the person asks to begin it without the second person that it takes.
    pub(crate) async fn start_run<W: Work>(
        self: &Arc<Self>,
        operator: &Operator,
        plan: RunPlan,
        review: RunReview,
        alone: bool,
    ) -> Result<RunStarted, ServiceError> {
        let asks = self.takes_second_person(W::KIND) || !review.critical.is_empty();
        match (asks, alone) {
            (true, false) => self.propose_run::<W>(operator, plan, review).await,
            (true, true) => self.begin_alone::<W>(operator, plan).await,
            (false, true) => Err(ServiceError::Bad(
                "this run takes no second person: begin it as usual".to_owned(),
            )),
            (false, false) => Ok(begun(self.begin_run::<W>(operator, plan).await?)?),
        }
    }

    /// Begins a run alone that takes a second person, with an entry of its own kind and an alarm. It takes the password again and
    /// a long reason.
    async fn begin_alone<W: Work>(
        self: &Arc<Self>,
        operator: &Operator,
        plan: RunPlan,
    ) -> Result<RunStarted, ServiceError> {
        if let Some(queue) = &plan.target {
            let _: Permit<BreakGlassRun> = self.permit(operator, queue.clone()).await?;
        }
        let permit: Permit<BreakGlassRun> = self.permit(operator, plan.source.clone()).await?;
        if !self.rules.break_glass {
            return Err(ServiceError::Bad(
                "the setting break_glass is off: ask someone with the grant approve".to_owned(),
            ));
        }
        let length = plan.reason.trim().chars().count();
        if length < LEAST_REASON {
            let bad = BadReason::TooShort(length, LEAST_REASON);
            return Ok(RunStarted::NeedsReason(bad));
        }
        if operator.fresh_password(unix_millis()).is_none() {
            return Ok(RunStarted::NeedsPassword);
        }
        let by = operator.name();
        let run = new_run::<W>(
            RunId::fresh(),
            operator,
            plan,
            RunApproval::Alone(by.to_owned()),
        )?;
        let entry = UnrecordedEntry::new(&permit, Act::BEGIN_ALONE, AuditOutcome::Applied)
            .about_run(&run)
            .reason(&self.kept_reason(&run.reason, Vec::new).await?)
            .noting(&run.about);
        let beside = RunBeside::Alone(&entry);
        let begun_now = self.begin_new_run::<W>(operator, run, beside).await?;
        let Ok(begun_now) = begun_now else {
            return Err(ServiceError::Broken("an alarm was not met".to_owned()));
        };
        if let RunBegun::Yes(run) = &begun_now {
            tracing::error!(
                user = by,
                %run,
                "a run was begun without the second person that it takes"
            );
        }
        self.look_at_proposals_soon();
        begun(begun_now)
    }
}

fn begun(begun: RunBegun) -> Result<RunStarted, ServiceError> {
    match begun {
        RunBegun::Yes(id) => Ok(RunStarted::Begun(id)),
        RunBegun::Busy(other) => Ok(RunStarted::Busy(other)),
        RunBegun::Over => Err(ServiceError::Broken("a new run was over".to_owned())),
    }
}
