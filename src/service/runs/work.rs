//! What the work of a run is, and the registry of the kinds of runs. Each kind registers how its work is made
//! (`service/versions/runs.rs`); runs themselves know no kind by name.

use futures::future::BoxFuture;

use crate::domain::access::Permit;
use crate::domain::audit::entry::Entry;
use crate::domain::run::{Lease, Run, RunKind};
use crate::service::error::ServiceError;

/// A run that this process is at work on, and what lets it.
#[derive(Debug, Clone)]
pub(crate) struct HeldLease {
    pub(crate) run: Run,
    pub(crate) lease: Lease,
    /// For the source.
    pub(crate) permit: Permit,
    /// For the target, where there is one.
    pub(crate) towards: Option<Permit>,
    /// The entry that was written when it was taken up.
    pub(crate) intent: Entry,
}

/// What one piece of work came to.
#[derive(Debug)]
pub(crate) enum RunProgress {
    /// There may be more to do.
    More,
    /// All is done; what it came to, in our words.
    Done(String),
    /// The script found the run not held, or told to stop: nothing was done.
    Halted,
}

/// What a run does, piece by piece, each by a script that asks whether the run is still this process's
/// (`store/records/runs/step.lua`). A piece takes well under a second, and does nothing twice when it is tried again.
///
/// `S` is what the work uses: the services.
pub(crate) trait Work<S>: Send {
    /// Does the next piece.
    fn step<'a>(
        &'a mut self,
        services: &'a S,
        held: &'a HeldLease,
    ) -> BoxFuture<'a, Result<RunProgress, ServiceError>>;
}

/// Makes the work of a run from what Redis holds of it.
pub(crate) type StartWork<S> = fn(&Run) -> Result<Box<dyn Work<S>>, ServiceError>;

/// The kinds of runs, each with how its work is made.
#[derive(Debug)]
pub(crate) struct RunWorkers<S>(Vec<(RunKind, StartWork<S>)>);

impl<S> RunWorkers<S> {
    /// A registry of these kinds.
    pub(crate) fn new(kinds: impl IntoIterator<Item = (RunKind, StartWork<S>)>) -> Self {
        Self(kinds.into_iter().collect())
    }

    /// The work of `run`, from its beginning.
    pub(crate) fn start(&self, run: &Run) -> Result<Box<dyn Work<S>>, ServiceError> {
        let known = self.0.iter().find(|(kind, _)| *kind == run.kind);
        match known {
            Some((_, start)) => start(run),
            None => Err(ServiceError::Broken(format!(
                "no work is registered for runs of the kind {:?}",
                run.kind.name()
            ))),
        }
    }
}
