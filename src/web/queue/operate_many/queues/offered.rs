//! What pages offer to do to the jobs of many queues: the buttons, and how a form names a queue.

use crate::domain::access::{Action, Operator};
use crate::domain::operations::{Operation, OperationSpec};
use crate::web::app::App;
use crate::web::queue::which_queues::WhichQueues;

/// The operations on jobs that pages offer for many queues, each for the jobs of its first state.
const OFFERED: [Operation; 2] = [Operation::Retry, Operation::Promote];

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
        .filter(|one| may(Action::Operate(**one)) && may(Action::OperateMany))
        .filter_map(|one| {
            Some(OverQueues {
                spec: one.spec(),
                state: one.first_state()?.name(),
            })
        })
        .collect()
}

impl OverQueues {
    /// The address of its dry run for the queues that `which` says.
    pub(crate) fn href(&self, app: &App, which: &WhichQueues) -> String {
        let what = [("operation", self.spec.id), ("state", self.state)];
        let pairs = which.pairs();
        app.links()
            .to("/queues/operate", &[&what[..], &pairs].concat())
    }
}
