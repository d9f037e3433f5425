//! One operation on many jobs, of one queue or of many: what may be asked for, its dry run, and the beginning of its run.

pub(crate) mod dry_run;
mod failed_jobs;
pub(crate) mod queues;
pub(crate) mod skip_reason;
pub(crate) mod worker;

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::access::{Action, Operator};
use crate::domain::audit::reason::LONGEST_REASON;
use crate::domain::job::filter::JobFilter;
use crate::domain::operations::Operation;
use crate::domain::operations::many::ManyJobsSpec;
use crate::domain::operations::parameters::Parameters;
use crate::domain::queue::{Counts, QueueId};
use crate::domain::run::RunId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::runs::plan::{RunBegun, RunPlan};
use queues::{NO_QUEUE, check_queues};
use worker::Operating;

/// What a person asks to do to many jobs.
#[derive(Debug, Clone)]
pub struct ManyJobsRequest {
    /// The queues they are in.
    pub queues: Vec<QueueId>,
    /// Which jobs.
    pub filter: JobFilter,
    /// What is to be done to each.
    pub operation: Operation,
    /// What it is told.
    pub parameters: Parameters,
    /// Why.
    pub reason: String,
    /// Whether they said that they saw the dry run.
    pub confirmed: bool,
    /// How many jobs the dry run said it would be done to, and how many they typed.
    pub counts: TypedCount,
}

/// A number that a person was shown, and the number that they typed to confirm it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TypedCount {
    /// What was shown.
    pub shown: Option<u64>,
    /// What was typed.
    pub typed: Option<u64>,
}

/// An operation on more jobs than this is begun only once their number is typed.
pub(crate) const TYPED_ABOVE: u64 = 100;

impl TypedCount {
    /// Whether it confirms a run on `count` jobs, which may have become more since they were shown, but not twice as many.
    pub(crate) fn confirms(self, count: u64) -> bool {
        let shown = self.shown.unwrap_or(0);
        count <= TYPED_ABOVE || self.typed == Some(shown) && count <= shown.saturating_mul(2)
    }
}

/// What came of asking for it.
#[derive(Debug)]
pub enum ManyJobsAnswer {
    /// It has to be confirmed first; nothing was done.
    NeedsConfirmation,
    /// The number of jobs has to be typed first; nothing was done.
    NeedsCount,
    /// It is under way.
    Begun(RunId),
    /// This run has the queue.
    Busy(RunId),
    /// These queues are not there any more, or not for this person; nothing was done.
    Gone(Vec<QueueId>),
    /// It can't be meant, in words.
    Not(String),
}

impl Services {
    /// Whether `operator` may do `operation` to many jobs of a queue that is there; a refusal is in the audit log.
    pub async fn check_may_operate_many(
        &self,
        operator: &Operator,
        operation: Operation,
        queue: &QueueId,
    ) -> Result<(), ServiceError> {
        for action in [Action::Operate(operation), Action::OperateMany] {
            self.check_may(operator, action, queue, None).await?;
        }
        self.know(queue).await
    }

    /// Begins a run that does the operation to each of the jobs; it goes on by itself.
    #[tracing::instrument(level = "error", skip_all, fields(queues = request.queues.len(), operation = request.operation.spec().id))]
    pub async fn begin_many(
        self: &Arc<Self>,
        operator: &Operator,
        request: &ManyJobsRequest,
    ) -> Result<ManyJobsAnswer, ServiceError> {
        if let Err(words) = check(request) {
            self.check_may_anywhere(operator, Action::OperateMany)
                .await?;
            return Ok(ManyJobsAnswer::Not(words));
        }
        let mut gone = Vec::new();
        for queue in &request.queues {
            let may = self.check_may_operate_many(operator, request.operation, queue);
            match may.await {
                Err(ServiceError::NotFound(_)) => gone.push(queue.clone()),
                may => may?,
            }
        }
        if !gone.is_empty() {
            return Ok(ManyJobsAnswer::Gone(gone));
        }
        if !request.confirmed {
            return Ok(ManyJobsAnswer::NeedsConfirmation);
        }
        let (queues, filter) = (&request.queues, &request.filter);
        let totals = self.totals_meant(queues, filter).await?;
        let total = totals.iter().sum();
        if total > TYPED_ABOVE {
            let review = self
                .review_of(operator, queues, request.operation, filter)
                .await?;
            if !request.counts.confirms(review.at_most()) {
                return Ok(ManyJobsAnswer::NeedsCount);
            }
        }
        let Some((source, more)) = queues.split_first() else {
            return Ok(ManyJobsAnswer::Not(NO_QUEUE.to_owned()));
        };
        let spec = ManyJobsSpec::new(
            request.operation,
            &request.parameters,
            request.filter.clone(),
        );
        let kept = serde_json::to_string(&spec);
        let plan = RunPlan {
            source: source.clone(),
            more: more.to_vec(),
            target: None,
            spec: kept.map_err(|error| ServiceError::Broken(error.to_string()))?,
            total,
            reason: request.reason.clone(),
            about: spec.words(&request.parameters, queues.len()),
        };
        match self.begin_run::<Operating>(operator, plan).await? {
            RunBegun::Yes(id) => Ok(ManyJobsAnswer::Begun(id)),
            RunBegun::Busy(other) => Ok(ManyJobsAnswer::Busy(other)),
            RunBegun::Over => Err(ServiceError::Broken("a new run was over".to_owned())),
        }
    }

    /// How many jobs of each queue are in the filter's states, or in its selection.
    pub(crate) async fn totals_meant(
        &self,
        queues: &[QueueId],
        filter: &JobFilter,
    ) -> Result<Vec<u64>, ServiceError> {
        if !filter.ids.is_empty() {
            return Ok(vec![filter.ids.len() as u64; queues.len()]);
        }
        let counted = self.store.figures(queues).await?.into_iter();
        let counts: HashMap<QueueId, Counts> = counted
            .map(|looked| (looked.figures.queue, looked.figures.counts))
            .collect();
        let states = filter.kept_states();
        let of_queue = |queue: &QueueId| {
            let counts = counts.get(queue);
            counts.map_or(0, |counts| {
                states.iter().map(|state| counts.of(*state)).sum()
            })
        };
        Ok(queues.iter().map(of_queue).collect())
    }
}

/// What was asked for can be meant, or why not.
pub(crate) fn check(request: &ManyJobsRequest) -> Result<(), String> {
    let (filter, spec) = (&request.filter, request.operation.spec());
    check_queues(&request.queues)?;
    if request.queues.len() > 1 && !filter.ids.is_empty() {
        return Err("Jobs can only be selected by their ids in one queue.".to_owned());
    }
    let states = filter.kept_states();
    if states.is_empty() {
        return Err("A state is missing.".to_owned());
    }
    if let Some(other) = states
        .iter()
        .find(|state| !request.operation.is_for(**state))
    {
        return Err(format!("{} does not work on {other} jobs.", spec.label));
    }
    filter.check()?;
    let length = request.reason.chars().count();
    if length > LONGEST_REASON {
        return Err(format!(
            "The reason has {length} characters, and {LONGEST_REASON} are allowed."
        ));
    }
    Ok(())
}
