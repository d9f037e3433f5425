//! A piece of a repair of many jobs: one job's data, its entry, and its retry where one is asked for, in one step that also asks
//! whether the run is still this process's.

use redis::ScriptInvocation;

use super::job::{Operated, operated};
use super::script_of::{REPAIR, REPAIR_AND_RETRY};
use crate::domain::access::permission::{EditData, Operate, Permission, RepairMany};
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::job::JobState;
use crate::domain::job::job_ref::JobRef;
use crate::domain::operations::{JobOperation, Operation};
use crate::domain::run::Run;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::records::runs::held::HeldRun;

/// One job's piece.
#[derive(Debug)]
pub struct RepairPiece {
    /// What to remember of the edit, as part of the run.
    pub entry: UnrecordedEntry<EditData>,
    /// What to remember of the retry, where the job is retried.
    pub retry: Option<UnrecordedEntry<Operate>>,
    /// The bytes that the change was made from.
    pub before: Vec<u8>,
    /// The bytes to store.
    pub after: String,
    /// The state in which the job was found.
    pub state: JobState,
}

impl Store {
    /// Repairs several jobs, each by a script of its own; what came of each, be it an error.
    pub async fn repair_in_run(
        &self,
        held: &HeldRun<RepairMany>,
        pieces: &[RepairPiece],
        now: u64,
    ) -> Result<Vec<Result<Operated, StoreError>>, StoreError> {
        let retries = pieces.first().is_some_and(|piece| piece.retry.is_some());
        for piece in pieces {
            check_piece(held, piece, retries)?;
        }
        let script = match retries {
            true => &REPAIR_AND_RETRY,
            false => &REPAIR,
        };
        let invocations = pieces.iter().map(|piece| {
            let mut invocation = script.prepare_invoke();
            let parameters = parameters(piece);
            self.add_piece(
                &mut invocation,
                piece.entry.permit().target(),
                piece.entry.as_entry(),
                &parameters,
                Some((held.lease(), now)),
            );
            invocation
        });
        let invocations: Vec<ScriptInvocation<'_>> = invocations.collect();
        let codes = self.redis.scripts(script, &invocations).await?;
        let came = codes.into_iter();
        Ok(came.map(|code| operated(Operation::Retry, code?)).collect())
    }
}

/// The parameters in the order of `repair_data.lua`.
fn parameters(piece: &RepairPiece) -> Vec<Vec<u8>> {
    let text = |text: &str| text.as_bytes().to_vec();
    let mut parameters = vec![
        text("keep"),
        text(""),
        piece.before.clone(),
        text(&piece.after),
        text(piece.state.name()),
    ];
    if let Some(retry) = &piece.retry {
        for (name, value) in retry.as_entry().fields() {
            parameters.extend([text(name), text(&value)]);
        }
    }
    parameters
}

/// Refuses a piece that is not of the run's queue, or of another person or job, or whose entries are not the run's.
fn check_piece(
    held: &HeldRun<RepairMany>,
    piece: &RepairPiece,
    retries: bool,
) -> Result<(), StoreError> {
    let run = held.run();
    let permit = piece.entry.permit();
    let job = permit.target();
    let is_by = |name: &str| name == held.by().name();
    let is_retry = |entry: &UnrecordedEntry<Operate>| {
        let retry = JobOperation {
            operation: Operation::Retry,
            job: job.clone(),
        };
        *entry.permit().target() == retry
            && is_by(entry.permit().by().name())
            && is_of_run(run, entry)
    };
    let fits = run.sources().any(|queue| *queue == job.queue)
        && is_by(permit.by().name())
        && is_of_run(run, &piece.entry)
        && piece.retry.is_some() == retries
        && piece.retry.as_ref().is_none_or(is_retry);
    match fits {
        true => Ok(()),
        false => {
            let JobRef { queue, id } = job;
            Err(StoreError::Unexpected(format!(
                "a piece of the run {} is for the job {id} of {queue}",
                run.id
            )))
        }
    }
}

fn is_of_run<A: Permission>(run: &Run, entry: &UnrecordedEntry<A>) -> bool {
    entry.as_entry().run == run.id
}
