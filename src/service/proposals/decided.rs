//! What became of a decision on a proposal.

use crate::domain::proposals::people::NotSecond;
use crate::domain::proposals::{ProposalId, ProposalStatus};
use crate::domain::run::RunId;
use crate::service::error::ServiceError;

/// What became of a decision.
#[derive(Debug)]
pub enum Decided {
    /// The change was made; the stream id of its entry.
    Applied(String),
    /// The run began.
    Begun(RunId),
    /// It was withdrawn or rejected.
    Closed(ProposalStatus),
    /// Someone decided before, or it ended.
    Before(ProposalStatus),
    /// It can't be applied any more, and why; it is closed.
    Past(ProposalStatus, String),
    /// It can't be applied now, and why; it stays pending.
    NotNow(String),
    /// The person has to type their password again.
    NeedsPassword,
    /// The person is no second person.
    NotSecond(NotSecond),
}

/// The answer where there is no such proposal, or not for this person.
pub(crate) fn no_proposal(id: &ProposalId) -> ServiceError {
    ServiceError::NotFound(format!("proposal {id}"))
}
