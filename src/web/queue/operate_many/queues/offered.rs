//! What pages offer to do to the jobs of many queues: the buttons, and how a form names a queue.

use crate::domain::access::{Action, Operator};
use crate::domain::job::JobState;
use crate::domain::operations::{Operation, OperationSpec};
use crate::domain::queue::QueueId;
use crate::web::app::App;

/// The operations that pages offer for many queues, with the state of the jobs.
const OFFERED: [(Operation, JobState); 2] = [
    (Operation::Retry, JobState::Failed),
    (Operation::Promote, JobState::Delayed),
];

/// A button that does an operation to jobs of many queues.
#[derive(Debug)]
pub(crate) struct OverQueues {
    pub(crate) spec: &'static OperationSpec,
    pub(crate) state: &'static str,
}

/// Those that this person may press.
pub(crate) fn offered_over_queues(operator: &Operator) -> Vec<OverQueues> {
    let may = |action| operator.may_anywhere(action);
    OFFERED
        .iter()
        .filter(|(one, _)| may(Action::Operate(*one)) && may(Action::OperateMany))
        .map(|(one, state)| OverQueues {
            spec: one.spec(),
            state: state.name(),
        })
        .collect()
}

impl OverQueues {
    /// The address of its dry run for the queues that `which` says.
    pub(crate) fn href(&self, app: &App, which: &[(&str, &str)]) -> String {
        let what = [("operation", self.spec.id), ("state", self.state)];
        app.links().to("/queues/operate", &[&what, which].concat())
    }
}

/// A queue as a form names it.
pub(crate) fn form_name(queue: &QueueId) -> String {
    format!("{}:{}", queue.prefix(), queue.name())
}
