//! The ground on which a run was proposed: what its review rests on, compared again when it is approved. A proposal is never adapted
//! to what is there by then.

use crate::domain::access::Operator;
use crate::domain::job::Revision;
use crate::domain::proposals::runs::{Ground, ProposedRun};
use crate::domain::proposals::{Proposal, ProposedChange};
use crate::domain::queue::QueueId;
use crate::domain::run::RunKind;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::runs::plan::RunPlan;

/// Why a proposed run can't begin any more.
pub(super) enum Ungrounded {
    /// What it rests on changed.
    Stale(String),
    /// Its details are gone.
    Expired,
}

impl Services {
    /// What a review of a run that changes data rests on now: the rules for its queues, and the recipe that it came from; an empty
    /// name for none.
    pub(crate) async fn ground_of(
        &self,
        queues: &[&QueueId],
        recipe: &str,
    ) -> Result<Ground, ServiceError> {
        let mut rules = Vec::with_capacity(queues.len());
        for queue in queues {
            rules.push(self.rules_for(queue).await?);
        }
        let versions = match (queues.first(), recipe) {
            (_, "") | (None, _) => Vec::new(),
            (Some(queue), name) => self.store.recipe_versions(queue, name).await?,
        };
        Ok(Ground {
            rules: rules.join(" "),
            recipe: versions
                .first()
                .map(|newest| (recipe.to_owned(), newest.version)),
        })
    }

    /// The plan of a proposed run as it may begin now, or why it may not.
    pub(super) async fn plan_again(
        &self,
        requester: &Operator,
        proposal: &Proposal,
        run: &ProposedRun,
    ) -> Result<Result<RunPlan, Ungrounded>, ServiceError> {
        let stale = |why: String| Ok(Err(Ungrounded::Stale(why)));
        let Some(spec) = self.store.proposal_data(&proposal.id).await? else {
            return Ok(Err(Ungrounded::Expired));
        };
        let (true, Ok(spec)) = (Revision::of(&spec) == run.plan, String::from_utf8(spec)) else {
            return stale("what it would do is not what was proposed".to_owned());
        };
        for queue in proposal.queues() {
            if !self.store.queue_exists(queue).await? {
                return stale(format!("the queue {} is gone", queue.name()));
            }
        }
        if let Some(why) = self.ground_changed(proposal, &run.ground).await? {
            return stale(why);
        }
        let plan = RunPlan {
            source: proposal.queue.clone(),
            more: Vec::new(),
            target: run.target.clone(),
            spec,
            total: 0,
            reason: proposal.reason.clone(),
            about: run.about.clone(),
        };
        let plan = match run.kind {
            RunKind::Obliterate => self.obliteration_again(plan).await?,
            RunKind::Retire => self.retirement_again(&plan.source, &plan.reason).await?,
            RunKind::Move => self.move_again(requester, plan).await?,
            RunKind::Repair => self.repair_again(requester, plan).await?,
            kind => return Err(not_approvable(kind)),
        };
        Ok(plan.map_err(Ungrounded::Stale))
    }

    /// What is another than it was when the run was reviewed, in words; `None` for nothing.
    async fn ground_changed(
        &self,
        proposal: &Proposal,
        reviewed: &Ground,
    ) -> Result<Option<String>, ServiceError> {
        if *reviewed == Ground::default() {
            return Ok(None);
        }
        let queues: Vec<&QueueId> = proposal.queues().collect();
        let recipe = reviewed.recipe.as_ref();
        let name = recipe.map_or("", |(name, _)| name.as_str());
        let now = self.ground_of(&queues, name).await?;
        if now.rules != reviewed.rules {
            let why = "a schema, a policy or a setting for these jobs was changed since";
            return Ok(Some(why.to_owned()));
        }
        Ok(match (recipe, now.recipe) {
            (Some((name, was)), Some((_, is))) if *was != is => Some(format!(
                "the recipe {name:?} has version {is} now, and version {was} was reviewed"
            )),
            (Some((name, _)), None) => Some(format!("the recipe {name:?} was deleted")),
            _ => None,
        })
    }

    /// Why someone may not approve a run, where policies hide data from them that it changes; `None` where they may.
    pub(super) async fn hidden_run(
        &self,
        operator: &Operator,
        proposal: &Proposal,
    ) -> Option<String> {
        let ProposedChange::Run(run) = &proposal.what else {
            return None;
        };
        if !matches!(run.kind, RunKind::Move | RunKind::Repair) {
            return None;
        }
        for queue in proposal.queues() {
            if !self.sight(operator, queue).await.shows_all() {
                let why = "a policy hides fields of these jobs from you, and nobody approves what they do not see";
                return Some(why.to_owned());
            }
        }
        None
    }
}

fn not_approvable(kind: RunKind) -> ServiceError {
    ServiceError::Broken(format!("no proposal is made of runs of the kind {kind:?}"))
}
