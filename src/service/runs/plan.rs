//! What is to be run, and what came of beginning it.

use crate::domain::queue::QueueId;
use crate::domain::run::RunId;

/// What is to be run.
#[derive(Debug, Clone)]
pub(crate) struct RunPlan {
    /// The queue it works on.
    pub source: QueueId,
    /// The queue it works towards.
    pub target: Option<QueueId>,
    /// What exactly, as JSON.
    pub spec: String,
    /// How much there is to do, as far as is known.
    pub total: u64,
    /// Why, in the person's words.
    pub reason: String,
    /// What exactly, in our words.
    pub about: String,
}

/// What came of beginning a run or of going on with one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunBegun {
    /// It is under way.
    Yes(RunId),
    /// A queue of it is held by this run, which is under way.
    Busy(RunId),
    /// It came to its end before.
    Over,
}
