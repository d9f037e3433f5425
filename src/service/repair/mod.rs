//! Repairing the data of many jobs of a queue: what may be asked for, and the beginning of the run. What a run does was reviewed:
//! the dry run names what it looked at, and another name is refused.

pub(crate) mod dry_run;
pub(crate) mod judged;
pub(crate) mod one_job;
mod ready_changes;
pub(crate) mod recipes;
pub(crate) mod samples;
pub(crate) mod worker;

use std::sync::Arc;

use crate::domain::access::{Action, Operator};
use crate::domain::audit::reason::{BadReason, Need, Reason};
use crate::domain::operations::Operation;
use crate::domain::queue::QueueId;
use crate::domain::repair::spec::RepairSpec;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::jobs::operate_many::{TYPED_ABOVE, TypedCount};
use crate::service::large_texts::blocking::spawn_blocking;
use crate::service::runs::plan::RunPlan;
use crate::service::runs::start::RunStarted;
use dry_run::RepairDryRun;
use worker::Repairing;

/// Why jobs with hidden fields are not repaired by those who may not see them.
const HIDDEN: &str = "A policy hides fields of these jobs from you, and a repair of many could show them. It takes the grant reveal for this queue.";

/// What a person asks to repair.
#[derive(Debug, Clone)]
pub struct RepairRequest {
    /// The queue.
    pub queue: QueueId,
    /// Which jobs, the change, and what the rules were.
    pub spec: RepairSpec,
    /// What was reviewed, as the dry run named it.
    pub reviewed: String,
    /// Why.
    pub reason: String,
    /// Whether they said that they saw the dry run.
    pub confirmed: bool,
    /// How many jobs the dry run said it would change, and how many they typed.
    pub counts: TypedCount,
    /// The recipe that it comes from; empty for none.
    pub recipe: String,
    /// Whether they ask to begin it without the second person that it takes.
    pub alone: bool,
}

/// What came of asking for it.
#[derive(Debug)]
pub enum RepairAnswer {
    /// What came of starting it.
    Started(RunStarted),
    /// A reason is missing, or can't be kept; nothing was done.
    NeedsReason(BadReason),
    /// It has to be confirmed first; nothing was done.
    NeedsConfirmation,
    /// The number of jobs has to be typed first; nothing was done.
    NeedsCount,
    /// It is not what was reviewed; nothing was done.
    Differs,
    /// It can't be meant, in words.
    Not(String),
}

impl Services {
    /// Whether someone may repair jobs of a queue that is there, and retry them if that is asked for; a refusal is in the audit log.
    pub async fn check_may_repair(
        &self,
        operator: &Operator,
        queue: &QueueId,
        retry: bool,
    ) -> Result<(), ServiceError> {
        for action in [Action::RepairMany, Action::EditData] {
            self.check_may(operator, action, queue, None).await?;
        }
        if retry {
            let action = Action::Operate(Operation::Retry);
            self.check_may(operator, action, queue, None).await?;
        }
        self.know(queue).await
    }

    /// Why someone can't repair jobs of this queue, where a policy hides fields of them: a repair could copy what they may not
    /// see to where they see it, or find it out by what it changes.
    pub(super) async fn hidden_from(
        &self,
        operator: &Operator,
        queue: &QueueId,
    ) -> Option<&'static str> {
        let sees_all = self.sight(operator, queue).await.shows_all();
        (!sees_all).then_some(HIDDEN)
    }

    /// Looks at the jobs that are meant, up to a bound, and says what would become of them; or why it can't be meant.
    pub async fn review_repair(
        &self,
        operator: &Operator,
        queue: &QueueId,
        mut spec: RepairSpec,
    ) -> Result<Result<RepairDryRun, String>, ServiceError> {
        self.check_may_repair(operator, queue, spec.retry).await?;
        if let Err(words) = spec.check() {
            return Ok(Err(words));
        }
        if let Some(words) = self.hidden_from(operator, queue).await {
            return Ok(Err(words.to_owned()));
        }
        spec.rules = self.rules_for(queue).await?;
        self.dry_run_of_repair(queue, operator, spec).await.map(Ok)
    }

    /// Starts a run that repairs each of the jobs; it goes on by itself. Where it changes what takes a second person, the whole run
    /// waits for one.
    #[tracing::instrument(level = "error", skip_all, fields(queue = %request.queue))]
    pub async fn begin_repair(
        self: &Arc<Self>,
        operator: &Operator,
        request: &RepairRequest,
    ) -> Result<RepairAnswer, ServiceError> {
        let RepairRequest { queue, spec, .. } = request;
        self.check_may_repair(operator, queue, spec.retry).await?;
        if let Err(words) = spec.check() {
            return Ok(RepairAnswer::Not(words));
        }
        if let Some(words) = self.hidden_from(operator, queue).await {
            return Ok(RepairAnswer::Not(words.to_owned()));
        }
        if let Err(bad) = Reason::parse(&request.reason, Need::Required) {
            return Ok(RepairAnswer::NeedsReason(bad));
        }
        if spec.rules != self.rules_for(queue).await? || request.reviewed != spec.reviewed(queue) {
            return Ok(RepairAnswer::Differs);
        }
        if !request.confirmed {
            return Ok(RepairAnswer::NeedsConfirmation);
        }
        let totals = self.totals_meant(std::slice::from_ref(queue), &spec.filter);
        let total = totals.await?.into_iter().sum();
        // What takes a second person is found out here, whatever the form says.
        let found = self.dry_run_of_repair(queue, operator, spec.clone());
        let found = found.await?;
        if total > TYPED_ABOVE && !request.counts.confirms(found.at_most()) {
            return Ok(RepairAnswer::NeedsCount);
        }
        let ground = self.ground_of(&[queue], &request.recipe).await?;
        let review = found.told_to_approver(ground);
        let told = RepairSpec {
            filter: self
                .told_filter(std::slice::from_ref(queue), &spec.filter)
                .await,
            ..spec.clone()
        };
        let kept = serde_json::to_string(spec);
        let plan = RunPlan {
            source: queue.clone(),
            more: Vec::new(),
            target: None,
            spec: kept.map_err(|error| ServiceError::Broken(error.to_string()))?,
            total,
            reason: request.reason.clone(),
            about: told.words(),
        };
        let started = self.start_run::<Repairing>(operator, plan, review, request.alone);
        Ok(RepairAnswer::Started(started.await?))
    }

    /// The plan of a repair that was proposed, as it may begin now, or why it may not.
    pub(crate) async fn repair_again(
        &self,
        requester: &Operator,
        mut plan: RunPlan,
    ) -> Result<Result<RunPlan, String>, ServiceError> {
        let Ok(spec) = serde_json::from_str::<RepairSpec>(&plan.spec) else {
            return Ok(Err("what it would change can't be read".to_owned()));
        };
        if self.hidden_from(requester, &plan.source).await.is_some() {
            let name = requester.name();
            return Ok(Err(format!(
                "a policy hides fields of these jobs from {name}"
            )));
        }
        let totals = self.totals_meant(std::slice::from_ref(&plan.source), &spec.filter);
        plan.total = totals.await?.into_iter().sum();
        Ok(Ok(plan))
    }

    /// Names all that the schemas say of jobs of a queue, and the settings that go with them.
    pub(crate) async fn rules_for(&self, queue: &QueueId) -> Result<String, ServiceError> {
        let settings = (self.rules.require_schema, self.rules.max_data_bytes);
        let lineage = self.rules.pattern.split(queue.name());
        let schemas = Arc::clone(&self.schemas);
        let digest = spawn_blocking(move || schemas.digest_for(&lineage)).await;
        let digest = digest.map_err(|error| ServiceError::Broken(error.to_string()))?;
        Ok(format!("{digest} {settings:?}"))
    }
}
