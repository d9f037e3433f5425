//! Ends of a proposal without a change: withdrawn, rejected, or no longer possible.

use super::decided::{Decided, no_proposal};
use crate::domain::access::permission::{ApproveRepair, ChangesData, EditData};
use crate::domain::access::{Operator, Permit};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::reason::{Need, Reason};
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::job::job_ref::JobRef;
use crate::domain::proposals::{Proposal, ProposalId, ProposalStatus};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::records::proposals::Closed;

impl Services {
    /// Withdraws one's own proposal.
    pub async fn withdraw_proposal(
        &self,
        operator: &Operator,
        id: &ProposalId,
    ) -> Result<Decided, ServiceError> {
        let proposal = self.known_proposal(id).await?;
        let target = JobRef::new(&proposal.queue, &proposal.job);
        let permit = self.permit::<EditData>(operator, target).await?;
        if !self.is_requester(operator, &proposal).await? {
            return Err(no_proposal(id));
        }
        let act = Act::WITHDRAW;
        let status = ProposalStatus::Withdrawn;
        self.close(&permit, act, &proposal, status, "").await
    }

    /// Rejects someone's proposal, with a reason.
    pub async fn reject_proposal(
        &self,
        operator: &Operator,
        id: &ProposalId,
        why: &str,
    ) -> Result<Decided, ServiceError> {
        let proposal = self.known_proposal(id).await?;
        let target = JobRef::new(&proposal.queue, &proposal.job);
        let permit = self.permit::<ApproveRepair>(operator, target).await?;
        if self.is_requester(operator, &proposal).await? {
            return Err(ServiceError::Bad(
                "you made this proposal: withdraw it instead".to_owned(),
            ));
        }
        let why = Reason::parse(why, Need::Required)?;
        let act = Act::REJECT;
        let status = ProposalStatus::Rejected;
        self.close(&permit, act, &proposal, status, why.as_str())
            .await
    }

    /// Closes a proposal that the holder of the permit decided on.
    async fn close<A: ChangesData>(
        &self,
        permit: &Permit<A>,
        act: Act<A>,
        proposal: &Proposal,
        status: ProposalStatus,
        why: &str,
    ) -> Result<Decided, ServiceError> {
        let reason = self
            .kept_reason_for(&proposal.queue, &proposal.job, why)
            .await?;
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
    pub(crate) async fn expire<A: ChangesData>(
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
    pub(crate) async fn close_as_past<A: ChangesData>(
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

    /// Adds to an entry which proposal it is about, whose it is, the rules and both revisions.
    pub(crate) async fn entry_about<A: ChangesData>(
        &self,
        entry: UnrecordedEntry<A>,
        proposal: &Proposal,
    ) -> Result<UnrecordedEntry<A>, ServiceError> {
        let redactor = self.redactor().await?;
        Ok(entry
            .under_schema(&proposal.rules.schema, &proposal.rules.schema_hash)
            .data_before(redactor.seal(proposal.before.as_str()))
            .data_after(redactor.seal(proposal.after.as_str()))
            .noting(format!(
                "proposal {} of {}: changes {}",
                proposal.id,
                proposal.requester,
                proposal.critical.join(", ")
            )))
    }
}
