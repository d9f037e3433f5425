//! The buttons that change many queues at once.

use crate::domain::access::{Action, Operator};
use crate::domain::operations::on_queue::{QueueOperation, QueueOperationSpec};
use crate::web::app::App;
use crate::web::queue::which_queues::WhichQueues;

/// A button that does an operation to many queues.
#[derive(Debug)]
pub(crate) struct ForQueues {
    pub(crate) spec: &'static QueueOperationSpec,
    /// The address of its dry run for the queues that are listed.
    pub(crate) href: String,
}

/// Those that this person may press, for the queues that `which` says.
pub(crate) fn offered_for_queues(
    app: &App,
    operator: &Operator,
    which: &WhichQueues,
) -> Vec<ForQueues> {
    let offered = QueueOperation::FOR_MANY.iter();
    let may = offered.filter(|one| operator.may_anywhere(Action::OperateQueue(**one)));
    may.map(|one| {
        let spec = one.spec();
        let what = [("operation", spec.id)];
        let pairs = which.pairs();
        ForQueues {
            spec,
            href: app
                .links()
                .to("/queues/change", &[&what[..], &pairs].concat()),
        }
    })
    .collect()
}
