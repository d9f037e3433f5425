//! Runs as a person may see them: one with its skipped jobs, and the newest.

use super::skipped_jobs::LISTED;
use crate::domain::access::{Action, Operator};
use crate::domain::queue::QueueId;
use crate::domain::run::{Run, RunId, Skipped};
use crate::service::Services;
use crate::service::error::ServiceError;

/// How many of a run's skipped jobs its page shows.
const SHOWN: usize = 200;

/// A run, with everything that its page shows.
#[derive(Debug)]
pub struct RunSeen {
    /// The run.
    pub run: Run,
    /// Some of the skipped jobs.
    pub stayed: Vec<Skipped>,
    /// Whether this person may stop and continue it.
    pub may_act: bool,
}

impl Services {
    /// A run, for an operator who may see all of its queues.
    pub async fn run(&self, operator: &Operator, id: &RunId) -> Result<RunSeen, ServiceError> {
        let run = self.seen_run(operator, id).await?;
        let action = run.kind.action();
        let may_act = run.queues().all(|queue| operator.may(action, queue));
        let stayed = self.store.stayed_of_run(id, SHOWN).await?;
        Ok(RunSeen {
            run,
            stayed,
            may_act,
        })
    }

    /// A run with all of the skipped jobs that are listed, for an operator who may read the audit log of its queues.
    pub async fn run_for_download(
        &self,
        operator: &Operator,
        id: &RunId,
    ) -> Result<(Run, Vec<Skipped>), ServiceError> {
        let run = self.seen_run(operator, id).await?;
        for queue in run.queues() {
            self.check_may(operator, Action::ReadAudit, queue, None)
                .await?;
        }
        let skipped = self.store.stayed_of_run(id, LISTED).await?;
        Ok((run, skipped))
    }

    /// The newest runs that this operator may see, newest first.
    pub async fn runs(&self, operator: &Operator) -> Result<Vec<Run>, ServiceError> {
        self.check_may_anywhere(operator, Action::View).await?;
        let mut runs = self.store.runs().await?;
        runs.retain(|run| sees(operator, run));
        Ok(runs)
    }

    /// The newest runs that concern one of `queues`, newest first.
    pub async fn runs_of(
        &self,
        operator: &Operator,
        queues: &[QueueId],
    ) -> Result<Vec<Run>, ServiceError> {
        let mut runs = self.runs(operator).await?;
        runs.retain(|run| run.queues().any(|queue| queues.contains(queue)));
        Ok(runs)
    }

    pub(super) async fn seen_run(
        &self,
        operator: &Operator,
        id: &RunId,
    ) -> Result<Run, ServiceError> {
        let run = self.store.run(id).await?;
        run.filter(|run| sees(operator, run))
            .ok_or_else(|| no_run(id))
    }
}

/// Whether all of a run's queues are in the operator's scope.
pub(crate) fn sees(operator: &Operator, run: &Run) -> bool {
    run.queues().all(|queue| operator.scope().holds(queue))
}

pub(super) fn no_run(id: &RunId) -> ServiceError {
    ServiceError::NotFound(format!("run {id}"))
}
