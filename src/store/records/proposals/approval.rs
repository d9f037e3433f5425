//! What the script that does what a proposal holds checks in the same step: the proposal, the people and the password
//! (`approval.lua`).

use std::time::Duration;

use super::{DECIDED_KEPT, DECIDED_KEPT_FOR};
use crate::domain::access::{FRESH_FOR, FreshPassword};
use crate::domain::proposals::ProposalId;
use crate::store::Store;
use crate::store::records::millis::millis;
use crate::store::records::users::User;

/// How far the clocks of Redis and of this machine may differ.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60);

/// The people of an approval, as they were checked.
#[derive(Debug)]
pub(crate) struct Approval<'a> {
    /// The proposal.
    pub id: &'a ProposalId,
    /// Who proposed.
    pub requester: &'a User,
    /// Who approves.
    pub approver: &'a User,
    /// The approver's password, as their session has it.
    pub fresh: &'a FreshPassword,
}

/// What keeps a proposal from being applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmet {
    /// It was decided on; its status.
    Decided(String),
    /// It has expired.
    Expired,
    /// The bytes that it holds are gone, or others.
    NoBytes,
    /// The requester was changed, disabled or removed just now.
    Requester,
    /// The approver was.
    Approver,
    /// The approver's session has ended, or its password does not count any more.
    NotFresh,
}

impl Unmet {
    /// What the script answered; `None` for another answer.
    pub(crate) fn of(answer: &[String]) -> Option<Self> {
        Some(match answer.first()?.as_str() {
            "decided" => Self::Decided(answer.get(1)?.clone()),
            "expired" => Self::Expired,
            "gone bytes" => Self::NoBytes,
            "requester" => Self::Requester,
            "approver" => Self::Approver,
            "not fresh" => Self::NotFresh,
            _ => return None,
        })
    }
}

impl Approval<'_> {
    /// The conditions, in the script's order.
    pub(crate) fn conditions(&self) -> [String; 8] {
        [
            self.id.as_str().to_owned(),
            self.requester.stamp.as_str().to_owned(),
            self.approver.stamp.as_str().to_owned(),
            self.fresh.confirmed_at().to_string(),
            millis(FRESH_FOR + CLOCKS_DIFFER).to_string(),
            self.approver.name.clone(),
            millis(DECIDED_KEPT_FOR).to_string(),
            DECIDED_KEPT.to_string(),
        ]
    }
}

impl Store {
    /// The keys, in the script's order.
    pub(crate) fn approval_keys(&self, approval: &Approval<'_>) -> [String; 7] {
        let [proposal, data, pending, decided] = self.proposal_keys(approval.id);
        [
            proposal,
            data,
            pending,
            decided,
            self.own.user(&approval.requester.name),
            self.own.user(&approval.approver.name),
            approval.fresh.session().to_owned(),
        ]
    }
}
