//! Proposals as their pages show them. Reading one changes nothing, so one that has expired only shows as expired.

use super::approve::second_person;
use super::approve_edit::Unapplied;
use super::decided::no_proposal;
use super::ground::Ungrounded;
use crate::clock::unix_millis;
use crate::domain::access::{Action, Operator, Origin};
use crate::domain::proposals::people::NotSecond;
use crate::domain::proposals::runs::ProposedRun;
use crate::domain::proposals::{Proposal, ProposalId, ProposalStatus, ProposedChange};
use crate::domain::repair::spec::RepairSpec;
use crate::domain::run::RunKind;
use crate::domain::versions::move_jobs::MoveSpec;
use crate::service::Services;
use crate::service::edit::assess::Reviewed;
use crate::service::error::ServiceError;
use crate::service::large_texts::memory_budget::{BRIEFLY, BudgetShare, DATA_TAKES};

/// How many decided proposals are looked at.
const DECIDED: usize = 100;

/// The proposals that someone may see.
#[derive(Debug, Default)]
pub struct ProposalLists {
    /// Those of others that wait for someone like them.
    pub to_approve: Vec<Proposal>,
    /// Their own that wait.
    pub own: Vec<Proposal>,
    /// Those that were decided on or ended, the newest first.
    pub decided: Vec<Proposal>,
}

/// One proposal as its page shows it.
#[derive(Debug)]
pub struct OpenedProposal {
    /// The proposal, with the status of now.
    pub proposal: Proposal,
    /// What it changes, where that can still be shown.
    pub change: ShownChange,
    /// Whether it is the reader's own.
    pub is_own: bool,
    /// The memory that the change takes, held until the answer is sent.
    pub room: BudgetShare,
    /// Whether the reader may decide on it; otherwise why not, in words, or nothing where the right is missing.
    pub may_decide: Result<(), Option<NotSecond>>,
}

/// What a proposal changes, as far as it is shown.
#[derive(Debug)]
pub enum ShownChange {
    /// The difference to what is stored.
    Difference(Box<Reviewed>),
    /// The details of a run that its words leave out: of what, and the text; `None` where they say all.
    Run(Option<(&'static str, String)>),
    /// It was decided on, or has expired: the bytes are gone.
    Gone,
    /// What it rests on was changed since: it can't be applied.
    Outdated,
    /// The same of a run, and what was changed.
    OutdatedRun(String),
    /// The job can't be edited now, and why.
    NotNow(String),
    /// It holds fields that the reader may not see.
    Hidden,
}

impl Services {
    /// The proposals that someone may see.
    pub async fn proposals(&self, operator: &Operator) -> Result<ProposalLists, ServiceError> {
        let now = unix_millis();
        let pending = self.store.pending_proposals().await?;
        let visible = pending.iter().filter(|one| {
            operator.actor().user() == Some(one.requester.as_str())
                || may_see(|action| operator.may(action, &one.queue))
        });
        let mut ids: Vec<ProposalId> = visible.map(|one| one.id.clone()).collect();
        ids.extend(self.store.decided_proposals(DECIDED).await?);
        let mut lists = ProposalLists::default();
        for mut one in self.store.proposals_of(&ids).await? {
            one.status = one.status_at(now);
            let is_own = operator.actor().user() == Some(one.requester.as_str());
            if !sees(operator, &one, is_own) {
                continue;
            }
            match one.status {
                ProposalStatus::Pending if is_own => lists.own.push(one),
                ProposalStatus::Pending if may_approve(operator, &one) => {
                    lists.to_approve.push(one);
                }
                ProposalStatus::Pending => {}
                _ => lists.decided.push(one),
            }
        }
        let ended = |one: &Proposal| one.decided_at.max(one.expires.min(now));
        lists
            .decided
            .sort_by_key(|one| std::cmp::Reverse(ended(one)));
        Ok(lists)
    }

    /// One proposal, for those who may see it.
    pub async fn open_proposal(
        &self,
        operator: &Operator,
        id: &ProposalId,
    ) -> Result<OpenedProposal, ServiceError> {
        let mut proposal = self.known_proposal(id).await?;
        let is_own = self.is_requester(operator, &proposal).await?;
        if !sees(operator, &proposal, is_own) {
            return Err(no_proposal(id));
        }
        proposal.status = proposal.status_at(unix_millis());
        let may_decide = self.may_decide(operator, &proposal).await?;
        let room = match proposal.status {
            ProposalStatus::Pending => self.room.take(DATA_TAKES * proposal.size, BRIEFLY).await?,
            _ => BudgetShare::default(),
        };
        let change = match proposal.status {
            ProposalStatus::Pending => self.shown_change(operator, &proposal).await?,
            _ => ShownChange::Gone,
        };
        // Nobody decides on what they do not see.
        let may_decide = match change {
            ShownChange::Hidden => may_decide.and(Err(None)),
            _ => may_decide,
        };
        Ok(OpenedProposal {
            change,
            is_own,
            may_decide,
            room,
            proposal,
        })
    }

    /// Whether someone may decide on a proposal; `None` where they lack the right.
    async fn may_decide(
        &self,
        operator: &Operator,
        proposal: &Proposal,
    ) -> Result<Result<(), Option<NotSecond>>, ServiceError> {
        if !may_approve(operator, proposal) {
            return Ok(Err(None));
        }
        let user = self.store.user(operator.name()).await?;
        Ok(match user {
            Some(user) => second_person(proposal, &user).map_err(Some),
            None => Err(None),
        })
    }

    /// What a pending proposal changes, as the reader may see it.
    async fn shown_change(
        &self,
        operator: &Operator,
        proposal: &Proposal,
    ) -> Result<ShownChange, ServiceError> {
        let Some(requester) = self.store.user(&proposal.requester).await? else {
            return Ok(ShownChange::Outdated);
        };
        let edit = match &proposal.what {
            ProposedChange::Edit(edit) => edit,
            ProposedChange::Run(run) => return self.shown_run(operator, proposal, run).await,
        };
        let change = match self.change_of(proposal, edit, &requester).await? {
            Ok(change) => change,
            Err(Unapplied::Expired) => return Ok(ShownChange::Gone),
            Err(Unapplied::Stale(_)) => return Ok(ShownChange::Outdated),
            Err(Unapplied::NotNow(why)) => return Ok(ShownChange::NotNow(why)),
        };
        if change.demands.hides && !operator.may(Action::Reveal, &proposal.queue) {
            return Ok(ShownChange::Hidden);
        }
        // What does not change stands around what does.
        let (queue, name) = (&proposal.queue, &edit.job_name);
        let sight = self.editor_sight(operator, queue, name).await?;
        let reviewed = self.reviewed(operator, queue, change, &sight).await?;
        Ok(ShownChange::Difference(reviewed))
    }

    /// The details of a pending run, as the reader may see them.
    async fn shown_run(
        &self,
        operator: &Operator,
        proposal: &Proposal,
        run: &ProposedRun,
    ) -> Result<ShownChange, ServiceError> {
        let requester = match self.requester_now(proposal).await? {
            Ok(requester) => self.operator(&requester, Origin::default()),
            Err(why) => return Ok(ShownChange::OutdatedRun(why)),
        };
        let plan = match self.plan_again(&requester, proposal, run).await? {
            Ok(plan) => plan,
            Err(Ungrounded::Expired) => return Ok(ShownChange::Gone),
            Err(Ungrounded::Stale(why)) => return Ok(ShownChange::OutdatedRun(why)),
        };
        if self.hidden_run(operator, proposal).await.is_some() {
            return Ok(ShownChange::Hidden);
        }
        Ok(ShownChange::Run(details(run.kind, &plan.spec)))
    }

    /// The proposal with this id, whoever asks.
    pub(crate) async fn known_proposal(&self, id: &ProposalId) -> Result<Proposal, ServiceError> {
        let found = self.store.proposal(id).await?;
        found.ok_or_else(|| no_proposal(id))
    }
}

/// What the words of a run leave out: which details, and their text.
fn details(kind: RunKind, spec: &str) -> Option<(&'static str, String)> {
    match kind {
        RunKind::Move => {
            let spec: MoveSpec = serde_json::from_str(spec).ok()?;
            let is_some = !spec.patch.trim().is_empty();
            is_some.then_some(("The patch", spec.patch))
        }
        RunKind::Repair => {
            let spec: RepairSpec = serde_json::from_str(spec).ok()?;
            let change = serde_json::to_string_pretty(&spec.change).ok()?;
            Some(("The change", change))
        }
        _ => None,
    }
}

/// Whether a proposal is shown to someone.
fn sees(operator: &Operator, proposal: &Proposal, is_own: bool) -> bool {
    let in_scope = proposal.queues().all(|queue| operator.scope().holds(queue));
    in_scope && (is_own || may_see(|action| operator.may(action, &proposal.queue)))
}

/// Whether someone has the right to approve it.
fn may_approve(operator: &Operator, proposal: &Proposal) -> bool {
    let mut queues = proposal.queues();
    queues.all(|queue| operator.may(Action::ApproveRepair, queue))
}

/// Whether someone else's proposal is shown: to those who may approve it, make such a change, or read the audit log of its queue.
fn may_see(may: impl Fn(Action) -> bool) -> bool {
    [Action::ApproveRepair, Action::EditData, Action::ReadAudit]
        .into_iter()
        .any(may)
}
