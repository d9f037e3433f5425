//! A proposal as pages show it.

use super::proposal_href;
use crate::domain::proposals::{Proposal, ProposalStatus, ProposedChange};
use crate::web::app::App;
use crate::web::html::format::When;
use crate::web::runs::view::kind_words;

/// A proposal as a row of a list, and as the head of its page.
#[derive(Debug)]
pub(super) struct ProposalRow {
    pub(super) href: String,
    pub(super) id: String,
    /// Whether it is of a run.
    pub(super) is_run: bool,
    /// The job's name or the run's kind, and the job's id or the queue that a move goes to.
    pub(super) name: String,
    pub(super) of: String,
    /// The job's page, or the run's once it is approved; empty before.
    pub(super) of_href: String,
    pub(super) queue: String,
    pub(super) queue_href: String,
    /// The changed places that take a second person, in one text; empty where a setting asks for one.
    pub(super) critical: String,
    /// What a run does, in words.
    pub(super) about: String,
    /// What the dry run of a run found.
    pub(super) figures: Vec<(String, String)>,
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
        let (is_run, name, of, of_href) = match &proposal.what {
            ProposedChange::Edit(edit) => (
                false,
                edit.job_name.clone(),
                edit.job.as_str().to_owned(),
                links.job(&proposal.queue, &edit.job),
            ),
            ProposedChange::Run(run) => (
                true,
                kind_words(run.kind).to_owned(),
                run.target
                    .as_ref()
                    .map_or_else(String::new, |queue| format!("to {}", links.name(queue))),
                match proposal.status {
                    ProposalStatus::Approved => links.to("/run", &[("id", run.id.as_str())]),
                    _ => String::new(),
                },
            ),
        };
        let (about, figures) = match &proposal.what {
            ProposedChange::Edit(_) => Default::default(),
            ProposedChange::Run(run) => (run.about.clone(), run.figures.clone()),
        };
        Self {
            is_run,
            name,
            of,
            of_href,
            about,
            figures,
            href: proposal_href(app, &proposal.id),
            id: proposal.id.to_string(),
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
