//! Proposals in the browser: those that wait and those that were decided, and the page of one with its decision.

pub(super) mod decide;
pub(super) mod list;
pub(super) mod one;
mod row;

use crate::domain::proposals::ProposalId;
use crate::web::app::App;

/// The notice of a proposal that was just made.
pub(crate) const ASKED: &str = "proposal-asked";

/// The notice of the proposal of a run that was just made.
pub(crate) const ASKED_RUN: &str = "proposal-asked-run";

/// The page of a proposal.
pub(crate) fn proposal_href(app: &App, id: &ProposalId) -> String {
    app.links().to("/proposal", &[("id", id.as_str())])
}
