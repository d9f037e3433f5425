//! A whole flow: the job at its top and those below it, as far as they were read.

use super::JobState;
use super::flow::{ChildStanding, Relative};

/// A flow, seen from one of its jobs.
#[derive(Debug)]
pub struct FlowTree {
    /// The job at the top.
    pub top: FlowJob,
    /// Whether the top has a parent that was not read, because the flow is deeper than is read.
    pub continues_above: bool,
    /// How many jobs were read.
    pub jobs: usize,
}

/// A job of a flow.
#[derive(Debug)]
pub struct FlowJob {
    /// Which job.
    pub relative: Relative,
    /// Its name; empty where it is gone.
    pub name: String,
    /// Whether it still exists.
    pub exists: bool,
    /// The state it is in, if it was found. Waiting jobs are not searched for.
    pub state: Option<JobState>,
    /// How far it is, as its parent knows it; `None` at the top.
    pub standing: Option<ChildStanding>,
    /// Its progress, if that is short.
    pub progress: String,
    /// Those of its children that were read, in the order of their queues and ids.
    pub children: Vec<FlowJob>,
    /// How many of its children were not read.
    pub left_out: u64,
}

impl FlowJob {
    /// The word for how it stands: what its parent knows where that says more than its own state.
    pub fn label(&self) -> &'static str {
        match (self.standing, self.state) {
            (Some(ChildStanding::Ignored), _) => ChildStanding::Ignored.label(),
            (_, Some(state)) => state.name(),
            (Some(standing), None) => standing.label(),
            (None, None) => "unknown",
        }
    }

    /// The state whose colour and icon it gets.
    pub fn looks_like(&self) -> JobState {
        match (self.state, self.standing) {
            (Some(state), _) => state,
            (None, Some(ChildStanding::Done)) => JobState::Completed,
            (None, Some(ChildStanding::Failed | ChildStanding::Ignored)) => JobState::Failed,
            (None, _) => JobState::Unknown,
        }
    }

    /// How many levels there are from here down; 1 without children.
    pub fn levels(&self) -> usize {
        1 + self.children.iter().map(Self::levels).max().unwrap_or(0)
    }
}
