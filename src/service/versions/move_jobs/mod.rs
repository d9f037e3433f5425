//! Moving jobs from one version to another: what can be selected, and the start of the run.

pub(crate) mod check_data;
pub(crate) mod dry_run;
pub(crate) mod request;
pub(crate) mod sample;
pub(crate) mod worker;

use std::sync::Arc;

use crate::domain::access::{Action, Operator};
use crate::domain::audit::reason::{Need, Reason};
use crate::domain::edit::patch::apply::DataPatch;
use crate::domain::job::JobState;
use crate::domain::policy::mask::Hiding;
use crate::domain::proposals::runs::{Ground, RunReview};
use crate::domain::queue::QueueId;
use crate::domain::run::RunKind;
use crate::domain::versions::move_jobs::{MOVABLE, MoveSpec};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::runs::plan::RunPlan;
use crate::service::runs::start::RunStarted;
use dry_run::MoveDryRun;
use request::MoveRequest;
use worker::Moving;

/// What came of asking for a move.
#[derive(Debug)]
pub enum MoveAnswer {
    /// The result of the dry run; a reason is required before the move.
    NeedsReason(Box<MoveDryRun>),
    /// The result of the dry run; it must be confirmed before the move.
    NeedsConfirmation(Box<MoveDryRun>),
    /// What came of starting the move.
    Started(RunStarted),
    /// The request is not valid, in words.
    Not(String),
}

impl Services {
    /// The versions of a family that this operator may move jobs between, newest first.
    pub async fn move_choices(
        &self,
        operator: &Operator,
        prefix: &str,
        family: &str,
        named: [&str; 2],
    ) -> Result<Vec<QueueId>, ServiceError> {
        self.check_may_anywhere(operator, Action::MoveJobs).await?;
        let versions = self.versions(operator, prefix, family, named).await?;
        Ok(versions
            .into_iter()
            .map(|version| version.figures.queue.clone())
            .collect())
    }

    /// Reports what a move would do, without doing it; or why it can't be meant, in words.
    pub async fn review_move(
        &self,
        operator: &Operator,
        wish: &MoveRequest,
    ) -> Result<Result<MoveDryRun, String>, ServiceError> {
        match self.check_move(operator, wish).await? {
            Err(words) => Ok(Err(words)),
            Ok(reshape) => self.dry_run(operator, wish, reshape).await.map(Ok),
        }
    }

    /// Starts a move, which then continues on its own.
    #[tracing::instrument(level = "error", skip_all, fields(from = %wish.source, to = %wish.target))]
    pub async fn begin_move(
        self: &Arc<Self>,
        operator: &Operator,
        wish: &MoveRequest,
    ) -> Result<MoveAnswer, ServiceError> {
        let reshape = match self.check_move(operator, wish).await? {
            Err(words) => return Ok(MoveAnswer::Not(words)),
            Ok(reshape) => reshape,
        };
        if Reason::parse(&wish.reason, Need::Required).is_err() {
            let review = self.dry_run(operator, wish, reshape).await?;
            return Ok(MoveAnswer::NeedsReason(Box::new(review)));
        }
        if !wish.confirmed {
            let review = self.dry_run(operator, wish, reshape).await?;
            return Ok(MoveAnswer::NeedsConfirmation(Box::new(review)));
        }
        // Whoever approves it sees what the dry run found.
        let review = match self.takes_second_person(RunKind::Move) {
            true => {
                let found = self.dry_run(operator, wish, reshape).await?;
                let ground = self.ground_of(&[&wish.source, &wish.target], "").await?;
                told_to_approver(&found, ground)
            }
            false => RunReview::default(),
        };
        let spec = serde_json::to_string(&wish.spec);
        let plan = RunPlan {
            source: wish.source.clone(),
            more: Vec::new(),
            target: Some(wish.target.clone()),
            spec: spec.map_err(|error| ServiceError::Broken(error.to_string()))?,
            total: self.total_of(wish).await?,
            reason: wish.reason.clone(),
            about: {
                let filter = &wish.spec.filter;
                let queues = [wish.source.clone()];
                let told = MoveSpec {
                    filter: self.told_filter(&queues, filter).await,
                    ..wish.spec.clone()
                };
                told.words()
            },
        };
        let started = self.start_run::<Moving>(operator, plan, review, wish.alone);
        Ok(MoveAnswer::Started(started.await?))
    }

    /// The plan of a move that was proposed, as it may begin now, or why it may not.
    pub(crate) async fn move_again(
        &self,
        requester: &Operator,
        mut plan: RunPlan,
    ) -> Result<Result<RunPlan, String>, ServiceError> {
        let (Ok(spec), Some(target)) = (serde_json::from_str(&plan.spec), plan.target.clone())
        else {
            return Ok(Err("what it would move can't be read".to_owned()));
        };
        let wish = MoveRequest {
            source: plan.source.clone(),
            target,
            spec,
            reason: plan.reason.clone(),
            confirmed: true,
            alone: false,
        };
        if let Err(words) = self.check_move(requester, &wish).await? {
            return Ok(Err(words));
        }
        plan.total = self.total_of(&wish).await?;
        Ok(Ok(plan))
    }

    /// Checks that the operator may ask for it and that the request is valid: the patch, or why not.
    async fn check_move(
        &self,
        operator: &Operator,
        wish: &MoveRequest,
    ) -> Result<Result<Option<DataPatch>, String>, ServiceError> {
        for queue in [&wish.source, &wish.target] {
            self.check_may(operator, Action::MoveJobs, queue, None)
                .await?;
        }
        if wish.source == wish.target {
            return Ok(Err("From and to are the same version.".to_owned()));
        }
        let family = |queue: &QueueId| self.rules.pattern.split(queue.name()).family;
        if wish.source.prefix() != wish.target.prefix()
            || family(&wish.source) != family(&wish.target)
        {
            return Ok(Err(
                "Jobs move between versions of one family only.".to_owned()
            ));
        }
        if let Err(words) = self.can_move(&wish.source, &wish.target).await? {
            return Ok(Err(words));
        }
        let from = self.sight(operator, &wish.source).await;
        let to = self.sight(operator, &wish.target).await;
        if !from.shows_all() && from.of_any_job() != to.of_any_job() {
            return Ok(Err(format!(
                "A policy hides fields of {} from you that you would see in {}. It takes the grant reveal for both.",
                wish.source.name(),
                wish.target.name()
            )));
        }
        let reshape = match check_spec(&wish.spec, &wish.reason) {
            Ok(reshape) => reshape,
            Err(words) => return Ok(Err(words)),
        };
        let hiding = self.hidden_in_move(operator, wish).await;
        let places = reshape.iter().flat_map(DataPatch::places);
        // A test would tell of a hidden value, and a copy would show it.
        if let Some(place) = places.into_iter().find(|place| hiding.touches(place)) {
            return Ok(Err(format!(
                "The patch reads or changes {place:?}, where values are hidden from you. Leave that out, or ask someone who may see them."
            )));
        }
        Ok(Ok(reshape))
    }

    /// What is hidden from someone in the data of jobs that they move, in either of the queues.
    pub(super) async fn hidden_in_move(&self, operator: &Operator, wish: &MoveRequest) -> Hiding {
        let mut hiding = Hiding::Nothing;
        for queue in [&wish.source, &wish.target] {
            let sight = self.sight(operator, queue).await;
            hiding = hiding.and(sight.of_any_job());
        }
        hiding
    }

    /// Checks that both queues exist and that moves know their layout; returns why not otherwise.
    pub(crate) async fn can_move(
        &self,
        source: &QueueId,
        target: &QueueId,
    ) -> Result<Result<(), String>, ServiceError> {
        for queue in [source, target] {
            let Some(version) = self.store.bull_version(queue).await? else {
                return Err(ServiceError::NotFound(format!("queue {:?}", queue.name())));
            };
            self.overview.look_up(queue);
            if version.is_before_5() {
                return Ok(Err(format!(
                    "{} is kept by BullMQ {}. Jobs move between queues of BullMQ 5 and 6 only: older ones keep their \
                     jobs differently.",
                    queue.name(),
                    version.text().unwrap_or("4")
                )));
            }
        }
        Ok(Ok(()))
    }
}

/// What a dry run found, as whoever approves the move is told it.
fn told_to_approver(found: &MoveDryRun, ground: Ground) -> RunReview {
    let review = RunReview {
        ground,
        ..RunReview::default()
    };
    review
        .figure("in these states", found.total)
        .figure("looked at", found.looked_at)
        .figure("would move", found.would_move)
        .figure("with changed data", found.reshaped)
        .skipped(found.stays.iter().map(|(why, count)| (why.words(), count)))
}

/// Checks what was typed: the patch, or why it is not valid.
fn check_spec(spec: &MoveSpec, reason: &str) -> Result<Option<DataPatch>, String> {
    let known = |name: &String| MOVABLE.iter().any(|state: &JobState| state.name() == name);
    if spec.filter.states.is_empty() || !spec.filter.states.iter().all(known) {
        return Err("Choose at least one state.".to_owned());
    }
    spec.filter.check()?;
    Reason::parse(reason, Need::Optional).map_err(|bad| bad.to_string())?;
    DataPatch::parse(&spec.patch)
}
