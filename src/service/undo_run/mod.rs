//! Undoing all edits of a run: a run of its own, which takes back one job after the other, each compared with what its edit left,
//! checked, and recorded with an entry that names the edit's.

pub(crate) mod cursor;
pub(crate) mod dry_run;
pub(crate) mod judged;
pub(crate) mod worker;

use std::sync::Arc;

use crate::domain::access::{Action, Operator};
use crate::domain::audit::reason::{BadReason, Need, Reason};
use crate::domain::run::{Run, RunId, RunKind};
use crate::domain::undo_run::UndoRunSpec;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::runs::plan::{RunBegun, RunPlan};
use worker::UndoingRun;

/// What came of asking for it.
#[derive(Debug)]
pub enum UndoRunAnswer {
    /// It is under way.
    Begun(RunId),
    /// This run has the queue.
    Busy(RunId),
    /// A reason is missing, or can't be kept; nothing was done.
    NeedsReason(BadReason),
    /// It has to be confirmed first; nothing was done.
    NeedsConfirmation,
    /// It can't be undone, in words.
    Not(&'static str),
}

/// Whether the edits of a run can be undone, or why not.
///
/// # Errors
///
/// The reason, in words.
pub(crate) fn can_undo(run: &Run) -> Result<(), &'static str> {
    match run.kind {
        RunKind::Repair | RunKind::Undo => {}
        RunKind::Move => {
            return Err("A move can't be undone, also where a patch changed the data on the way.");
        }
        _ => return Err("Only a run that edited the data of jobs can be undone."),
    }
    if run.state.is_under_way() {
        return Err("This run is still in progress. Stop it first.");
    }
    match run.figures.done {
        0 => Err("This run changed no job."),
        _ => Ok(()),
    }
}

impl Services {
    /// A run whose edits are to be undone, for an operator who may do that; a refusal is recorded.
    pub async fn run_to_undo(
        &self,
        operator: &Operator,
        id: &RunId,
    ) -> Result<(Run, UndoRunSpec), ServiceError> {
        let run = self.run(operator, id).await?.run;
        for action in [Action::RepairMany, Action::EditData, Action::ReadAudit] {
            self.check_may(operator, action, &run.source, None).await?;
        }
        let spec = UndoRunSpec {
            run: run.id.as_str().to_owned(),
            begun: run.begun,
            updated: run.updated,
        };
        Ok((run, spec))
    }

    /// Begins a run that undoes each edit of another; it goes on by itself.
    #[tracing::instrument(level = "error", skip_all, fields(run = %id))]
    pub async fn begin_undo_run(
        self: &Arc<Self>,
        operator: &Operator,
        id: &RunId,
        reason: &str,
        confirmed: bool,
    ) -> Result<UndoRunAnswer, ServiceError> {
        let (run, spec) = self.run_to_undo(operator, id).await?;
        if let Err(words) = can_undo(&run) {
            return Ok(UndoRunAnswer::Not(words));
        }
        if let Err(bad) = Reason::parse(reason, Need::Required) {
            return Ok(UndoRunAnswer::NeedsReason(bad));
        }
        if !confirmed {
            return Ok(UndoRunAnswer::NeedsConfirmation);
        }
        let kept = serde_json::to_string(&spec);
        let plan = RunPlan {
            source: run.source.clone(),
            more: Vec::new(),
            target: None,
            spec: kept.map_err(|error| ServiceError::Broken(error.to_string()))?,
            total: run.figures.done,
            reason: reason.to_owned(),
            about: format!("undo the edits of run {}", run.id),
        };
        Ok(match self.begin_run::<UndoingRun>(operator, plan).await? {
            RunBegun::Yes(id) => UndoRunAnswer::Begun(id),
            RunBegun::Busy(other) => UndoRunAnswer::Busy(other),
            RunBegun::Over => {
                return Err(ServiceError::Broken("a new run was over".to_owned()));
            }
        })
    }
}
