//! What was checked of an approval before it is tried.

use crate::domain::access::permission::ApproveRun;
use crate::domain::access::{FreshPassword, Permit};
use crate::domain::proposals::runs::ProposedRun;
use crate::domain::proposals::{Proposal, ProposalId};
use crate::store::records::proposals::approval::Approval;
use crate::store::records::users::User;

/// The two people of an approval, as their records are now, and the approver's password.
#[derive(Debug)]
pub(crate) struct People {
    pub(crate) requester: User,
    pub(crate) approver: User,
    pub(crate) fresh: FreshPassword,
}

impl People {
    /// What the script checks of them.
    pub(crate) fn approval<'a>(&'a self, id: &'a ProposalId) -> Approval<'a> {
        Approval {
            id,
            requester: &self.requester,
            approver: &self.approver,
            fresh: &self.fresh,
        }
    }
}

/// The proposal of a run that someone approves, with what was checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunToApprove<'a> {
    pub(super) proposal: &'a Proposal,
    pub(super) run: &'a ProposedRun,
    pub(super) people: &'a People,
    pub(super) permit: &'a Permit<ApproveRun>,
}
