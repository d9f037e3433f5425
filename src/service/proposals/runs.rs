//! The proposal of a run: asking for it, and beginning it in one step with its approval. It begins as its requester's run, with what
//! was reviewed, or not at all.

use std::sync::Arc;

use super::ask::Asked;
use super::decided::Decided;
use super::ground::Ungrounded;
use super::to_approve::{People, RunToApprove};
use crate::domain::access::permission::ApproveRun;
use crate::domain::access::{Operator, Origin, Permit};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::reason::{Need, Reason};
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::job::Revision;
use crate::domain::proposals::runs::{ProposedRun, RunReview};
use crate::domain::proposals::{Proposal, ProposalStatus, ProposedChange};
use crate::domain::run::{RunApproval, RunId};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::runs::new_run;
use crate::service::runs::plan::{RunBegun, RunPlan};
use crate::service::runs::start::RunStarted;
use crate::service::runs::worker::Work;
use crate::store::records::runs::beside::RunBeside;

impl Services {
    /// Keeps a run for a second person, with its entry.
    pub(crate) async fn propose_run<W: Work>(
        &self,
        operator: &Operator,
        plan: RunPlan,
        review: RunReview,
    ) -> Result<RunStarted, ServiceError> {
        if let Some(queue) = &plan.target {
            let _: Permit<W::Permission> = self.permit(operator, queue.clone()).await?;
        }
        let permit: Permit<W::Permission> = self.permit(operator, plan.source.clone()).await?;
        let requester = self.requester(operator).await?;
        let reason = Reason::parse(&plan.reason, Need::Optional)?;
        let reason = self
            .kept_reason_in(&plan.source, reason.as_str(), Vec::new)
            .await?;
        let what = ProposedChange::Run(ProposedRun {
            id: RunId::fresh(),
            kind: W::KIND,
            target: plan.target,
            about: plan.about,
            plan: Revision::of(plan.spec.as_bytes()),
            ground: review.ground,
            figures: review.figures,
        });
        let proposal = Proposal {
            size: plan.spec.len() as u64,
            critical: review.critical,
            reason,
            ..Proposal::pending(requester.name, requester.id, plan.source, what)
        };
        let act = Act::<W::Permission>::PROPOSE_RUN;
        let entry = UnrecordedEntry::new(&permit, act, AuditOutcome::Applied);
        let entry = self.entry_about(entry, &proposal).await?;
        let entry = entry.reason(&proposal.reason);
        let asked = self.keep_proposal(&entry, proposal, &plan.spec, None);
        match asked.await? {
            Asked::Waiting(id) => Ok(RunStarted::Proposed(id)),
            Asked::NoRoom(why) => Ok(RunStarted::NoRoom(why)),
            Asked::Gone | Asked::Limited(_) => Err(ServiceError::Broken(
                "a run was checked as an edit".to_owned(),
            )),
        }
    }

    /// Begins the run of a proposal, if nothing that it rests on changed.
    pub(super) async fn approve_run(
        self: &Arc<Self>,
        permit: &Permit<ApproveRun>,
        proposal: &Proposal,
        run: &ProposedRun,
        people: &People,
    ) -> Result<Decided, ServiceError> {
        let approve = self.run_kinds.of(run.kind)?.approve;
        let asked = RunToApprove {
            proposal,
            run,
            people,
            permit,
        };
        approve(self, asked).await
    }

    /// The same for the kind of run that it is.
    pub(crate) async fn begin_approved<W: Work>(
        self: &Arc<Self>,
        asked: RunToApprove<'_>,
    ) -> Result<Decided, ServiceError> {
        let RunToApprove {
            proposal,
            run,
            people,
            permit,
        } = asked;
        let act = Act::APPROVE_RUN;
        let requester = self.operator(&people.requester, Origin::default());
        let plan = match self.plan_again(&requester, proposal, run).await? {
            Ok(plan) => plan,
            Err(Ungrounded::Expired) => return self.expire(permit, act, proposal).await,
            Err(Ungrounded::Stale(why)) => {
                let as_stale = (ProposalStatus::Stale, why);
                return self.close_as_past(permit, act, proposal, as_stale).await;
            }
        };
        if let Some(why) = self.hidden_run(permit.by(), proposal).await {
            return Ok(Decided::NotNow(why));
        }
        let entry = UnrecordedEntry::new(permit, act, AuditOutcome::Applied);
        let entry = self.entry_about(entry, proposal).await?;
        let entry = entry.reason(&proposal.reason);
        let approval = people.approval(&proposal.id);
        let by = RunApproval::By(people.approver.name.clone());
        let new = new_run::<W>(run.id.clone(), &requester, plan, by)?;
        let beside = RunBeside::Approved {
            entry: &entry,
            approval: &approval,
        };
        match self.begin_new_run::<W>(&requester, new, beside).await? {
            Ok(RunBegun::Yes(id)) => Ok(Decided::Begun(id)),
            Ok(RunBegun::Busy(other)) => Ok(Decided::NotNow(format!(
                "the run {other} uses one of its queues: approve it after that one has ended"
            ))),
            Ok(RunBegun::Over) => Err(ServiceError::Broken("a new run was over".to_owned())),
            Err(unmet) => self.unmet(permit, act, proposal, unmet).await,
        }
    }
}
