//! The plan of a run, and the result of beginning it.

use crate::domain::queue::QueueId;
use crate::domain::run::RunId;

/// What to run.
#[derive(Debug, Clone)]
pub(crate) struct RunPlan {
    /// The queue it works on.
    pub source: QueueId,
    /// The further queues that it works on.
    pub more: Vec<QueueId>,
    /// The queue that a move goes to.
    pub target: Option<QueueId>,
    /// The details, as JSON.
    pub spec: String,
    /// How much there is to do, as far as is known.
    pub total: u64,
    /// The reason that the person gave.
    pub reason: String,
    /// The details, in words.
    pub about: String,
}

/// The result of beginning or continuing a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunBegun {
    /// It is under way.
    Yes(RunId),
    /// This run is under way and holds one of the queues.
    Busy(RunId),
    /// The run has ended already.
    Over,
}
