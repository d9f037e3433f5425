//! The kinds of runs. Each registers how one goes on with it and how one stops it (`service/runs/kinds.rs`); what starts,
//! stops and shows runs knows no kind by name.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::plan::RunBegun;
use crate::domain::access::Operator;
use crate::domain::proposals::Proposal;
use crate::domain::run::{Run, RunKind, RunState};
use crate::service::error::ServiceError;
use crate::service::proposals::decided::Decided;
use crate::service::proposals::to_approve::RunToApprove;

/// Continues a run that was stopped, interrupted or failed.
type Resume<S> =
    for<'a> fn(&'a Arc<S>, &'a Operator, Run) -> BoxFuture<'a, Result<RunBegun, ServiceError>>;

/// Tells a run to stop; `None` if there was nothing to stop.
type Stop<S> = for<'a> fn(
    &'a S,
    &'a Operator,
    &'a Run,
) -> BoxFuture<'a, Result<Option<RunState>, ServiceError>>;

/// Begins a run that a second person approves, together with the approval.
type Approve<S> =
    for<'a> fn(&'a Arc<S>, RunToApprove<'a>) -> BoxFuture<'a, Result<Decided, ServiceError>>;

/// Withdraws one's own proposal of a run.
type Withdraw<S> =
    for<'a> fn(&'a S, &'a Operator, &'a Proposal) -> BoxFuture<'a, Result<Decided, ServiceError>>;

/// The controls of one kind of run. `S` is what its work uses: the services.
pub(crate) struct RunControls<S> {
    /// The kind.
    pub(crate) kind: RunKind,
    /// How to continue it.
    pub(crate) resume: Resume<S>,
    /// How to stop it.
    pub(crate) stop: Stop<S>,
    /// How to begin one that is approved.
    pub(crate) approve: Approve<S>,
    /// How to withdraw the proposal of one.
    pub(crate) withdraw: Withdraw<S>,
}

/// All kinds of runs.
pub(crate) struct RunRegistry<S>(Vec<RunControls<S>>);

impl<S> fmt::Debug for RunRegistry<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|one| one.kind))
            .finish()
    }
}

impl<S> RunRegistry<S> {
    /// A registry of these kinds.
    pub(crate) fn new(kinds: impl IntoIterator<Item = RunControls<S>>) -> Self {
        Self(kinds.into_iter().collect())
    }

    /// The controls of a kind.
    pub(crate) fn of(&self, kind: RunKind) -> Result<&RunControls<S>, ServiceError> {
        self.0.iter().find(|one| one.kind == kind).ok_or_else(|| {
            ServiceError::Broken(format!(
                "no runs of the kind {:?} are registered",
                kind.name()
            ))
        })
    }
}
