//! A proposal as pages show it.

use super::proposal_href;
use crate::domain::proposals::{Proposal, ProposalStatus};
use crate::web::app::App;
use crate::web::html::format::When;

/// A proposal as a row of a list, and as the head of its page.
#[derive(Debug)]
pub(super) struct ProposalRow {
    pub(super) href: String,
    pub(super) id: String,
    pub(super) job: String,
    pub(super) job_name: String,
    pub(super) job_href: String,
    pub(super) queue: String,
    pub(super) queue_href: String,
    /// The changed places that take a second person, in one text.
    pub(super) critical: String,
    pub(super) requester: String,
    pub(super) reason: String,
    pub(super) made: When,
    pub(super) expires: When,
    /// Its status, with the class and the icon.
    pub(super) status: &'static str,
    pub(super) colour: &'static str,
    pub(super) icon: &'static str,
    /// Who decided; empty while nobody has.
    pub(super) decided_by: String,
    /// When it was decided or expired.
    pub(super) ended: When,
    /// Why; empty for nothing.
    pub(super) why: String,
}

impl ProposalRow {
    pub(super) fn new(app: &App, proposal: &Proposal) -> Self {
        let links = app.links();
        let (colour, icon) = look(proposal.status);
        let ended = match proposal.decided_at {
            0 => proposal.expires,
            at => at,
        };
        Self {
            href: proposal_href(app, &proposal.id),
            id: proposal.id.to_string(),
            job: proposal.job.as_str().to_owned(),
            job_name: proposal.job_name.clone(),
            job_href: links.job(&proposal.queue, &proposal.job),
            queue: links.name(&proposal.queue),
            queue_href: links.queue(&proposal.queue, &[]),
            critical: proposal.critical.join(", "),
            requester: proposal.requester.clone(),
            reason: proposal.reason.clone(),
            made: When::of(proposal.made),
            expires: When::of(proposal.expires),
            status: proposal.status.name(),
            colour,
            icon,
            decided_by: proposal.decided_by.clone(),
            ended: When::of(ended),
            why: proposal.why.clone(),
        }
    }
}

fn look(status: ProposalStatus) -> (&'static str, &'static str) {
    match status {
        ProposalStatus::Pending => ("warn", "clock"),
        ProposalStatus::Approved => ("good", "check"),
        ProposalStatus::Rejected => ("bad", "denied"),
        ProposalStatus::Withdrawn => ("none", "back"),
        ProposalStatus::Stale => ("warn", "diff"),
        ProposalStatus::Expired => ("none", "history"),
    }
}
