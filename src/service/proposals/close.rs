//! Ends of a proposal with which nothing is done: withdrawn, rejected, or no longer possible.

use super::decided::{Decided, no_proposal};
use crate::domain::access::permission::{ApproveRepair, EditData, Permission};
use crate::domain::access::{Operator, Permit};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::reason::{Need, Reason};
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::job::job_ref::JobRef;
use crate::domain::proposals::{Proposal, ProposalId, ProposalStatus, ProposedChange};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::runs::worker::Work;
use crate::store::records::proposals::Closed;

impl Services {
    /// Withdraws one's own proposal.
    pub async fn withdraw_proposal(
        &self,
        operator: &Operator,
        id: &ProposalId,
    ) -> Result<Decided, ServiceError> {
        let proposal = self.known_proposal(id).await?;
        match &proposal.what {
            ProposedChange::Edit(edit) => {
                let target = JobRef::new(&proposal.queue, &edit.job);
                let permit = self.permit::<EditData>(operator, target).await?;
                self.withdraw_by(&permit, Act::WITHDRAW, &proposal).await
            }
            ProposedChange::Run(run) => {
                let withdraw = self.run_kinds.of(run.kind)?.withdraw;
                withdraw(self, operator, &proposal).await
            }
        }
    }

    /// Withdraws the proposal of a run.
    pub(crate) async fn withdraw_run<W: Work>(
        &self,
        operator: &Operator,
        proposal: &Proposal,
    ) -> Result<Decided, ServiceError> {
        let permit = self.permit::<W::Permission>(operator, proposal.queue.clone());
        let act = Act::<W::Permission>::WITHDRAW_RUN;
        self.withdraw_by(&permit.await?, act, proposal).await
    }

    async fn withdraw_by<A: Permission>(
        &self,
        permit: &Permit<A>,
        act: Act<A>,
        proposal: &Proposal,
    ) -> Result<Decided, ServiceError> {
        if !self.is_requester(permit.by(), proposal).await? {
            return Err(no_proposal(&proposal.id));
        }
        let status = ProposalStatus::Withdrawn;
        self.close(permit, act, proposal, status, "").await
    }

    /// Rejects someone's proposal, with a reason.
    pub async fn reject_proposal(
        &self,
        operator: &Operator,
        id: &ProposalId,
        why: &str,
    ) -> Result<Decided, ServiceError> {
        let proposal = self.known_proposal(id).await?;
        match &proposal.what {
            ProposedChange::Edit(edit) => {
                let target = JobRef::new(&proposal.queue, &edit.job);
                let permit = self.permit::<ApproveRepair>(operator, target).await?;
                self.reject_by(&permit, Act::REJECT, &proposal, why).await
            }
            ProposedChange::Run(_) => {
                let permit = self.permit_to_approve(operator, &proposal).await?;
                self.reject_by(&permit, Act::REJECT_RUN, &proposal, why)
                    .await
            }
        }
    }

    async fn reject_by<A: Permission>(
        &self,
        permit: &Permit<A>,
        act: Act<A>,
        proposal: &Proposal,
        why: &str,
    ) -> Result<Decided, ServiceError> {
        if self.is_requester(permit.by(), proposal).await? {
            return Err(ServiceError::Bad(
                "you made this proposal: withdraw it instead".to_owned(),
            ));
        }
        let why = Reason::parse(why, Need::Required)?;
        let status = ProposalStatus::Rejected;
        self.close(permit, act, proposal, status, why.as_str())
            .await
    }

    /// Closes a proposal that the holder of the permit decided on.
    async fn close<A: Permission>(
        &self,
        permit: &Permit<A>,
        act: Act<A>,
        proposal: &Proposal,
        status: ProposalStatus,
        why: &str,
    ) -> Result<Decided, ServiceError> {
        let queue = &proposal.queue;
        let reason = match &proposal.what {
            ProposedChange::Edit(edit) => self.kept_reason_for(queue, &edit.job, why).await?,
            ProposedChange::Run(_) => self.kept_reason_in(queue, why, Vec::new).await?,
        };
        let entry = UnrecordedEntry::new(permit, act, AuditOutcome::Applied);
        let entry = self.entry_about(entry, proposal).await?.reason(&reason);
        let closed = self
            .store
            .close_proposal(&entry, &proposal.id, status, &reason);
        let closed = self.witnessed(entry.as_entry(), closed.await)?;
        self.look_at_proposals_soon();
        Ok(match closed {
            Closed::Done => Decided::Closed(status),
            Closed::Expired => self.expire(permit, act, proposal).await?,
            Closed::Before(status) => Decided::Before(status),
            Closed::Gone => return Err(no_proposal(&proposal.id)),
        })
    }

    /// Closes a proposal that someone wanted to decide on too late.
    pub(crate) async fn expire<A: Permission>(
        &self,
        permit: &Permit<A>,
        act: Act<A>,
        proposal: &Proposal,
    ) -> Result<Decided, ServiceError> {
        let why = "nobody decided in time".to_owned();
        let status = ProposalStatus::Expired;
        self.close_as_past(permit, act, proposal, (status, why))
            .await
    }

    /// Closes a proposal that can't be applied any more, and says why.
    pub(crate) async fn close_as_past<A: Permission>(
        &self,
        permit: &Permit<A>,
        act: Act<A>,
        proposal: &Proposal,
        (status, why): (ProposalStatus, String),
    ) -> Result<Decided, ServiceError> {
        let entry = UnrecordedEntry::new(permit, act, AuditOutcome::Conflict).because(&why);
        let entry = self.entry_about(entry, proposal).await?;
        let closed = self
            .store
            .close_proposal(&entry, &proposal.id, status, &why);
        let closed = self.witnessed(entry.as_entry(), closed.await)?;
        self.look_at_proposals_soon();
        Ok(match closed {
            Closed::Before(status) => Decided::Before(status),
            Closed::Gone => return Err(no_proposal(&proposal.id)),
            Closed::Expired => Decided::Past(ProposalStatus::Expired, why),
            Closed::Done => Decided::Past(status, why),
        })
    }

    /// Adds to an entry which proposal it is about, whose it is and what it does; of an edit, the rules and both revisions.
    pub(crate) async fn entry_about<A: Permission>(
        &self,
        entry: UnrecordedEntry<A>,
        proposal: &Proposal,
    ) -> Result<UnrecordedEntry<A>, ServiceError> {
        let of_whom = format!("proposal {} of {}", proposal.id, proposal.requester);
        let edit = match &proposal.what {
            ProposedChange::Edit(edit) => edit,
            ProposedChange::Run(run) => {
                let entry = entry
                    .of_run(&run.id, run.target.as_ref())
                    .noting(format!("{of_whom}: {}", run.about));
                return Ok(entry);
            }
        };
        let name = Some(edit.job_name.as_str());
        let redactor = self.redactor_for(&proposal.queue, name).await?;
        Ok(entry
            .under_schema(&edit.rules.schema, &edit.rules.schema_hash)
            .data_before(redactor.seal(edit.before.as_str()))
            .data_after(redactor.seal(edit.after.as_str()))
            .noting(format!(
                "{of_whom}: changes {}",
                proposal.critical.join(", ")
            )))
    }
}
