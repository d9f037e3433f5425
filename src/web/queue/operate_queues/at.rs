//! What an address or a form says of an operation on many queues.

use serde::Deserialize;

use crate::domain::operations::on_queue::QueueOperation;
use crate::web::html::error::PageError;
use crate::web::queue::which_queues::WhichQueues;
use crate::web::request::forms::operation::OperationForm;

/// What the address or the form says.
#[derive(Debug, Deserialize)]
pub(crate) struct QueuesAt {
    pub(super) operation: String,
    #[serde(flatten)]
    pub(super) which: WhichQueues,
    #[serde(default)]
    pub(super) confirm: String,
    #[serde(flatten)]
    pub(super) form: OperationForm,
}

/// The operation that is asked for.
pub(super) fn operation(id: &str) -> Result<QueueOperation, PageError> {
    let operation = QueueOperation::by_id(id);
    operation
        .filter(|one| QueueOperation::FOR_MANY.contains(one))
        .ok_or_else(|| PageError::bad(format!("There is no operation {id:?} on many queues.")))
}
