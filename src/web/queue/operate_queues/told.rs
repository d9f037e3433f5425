//! What the page where queues were chosen says of what was done to them.

use crate::domain::operations::on_queue::QueueOperation;
use crate::service::queue::operate_many::QueuesChanged;
use crate::web::request::told::left_words;

/// What the address of that page has: only then it looks for a notice.
pub(super) const AT: (&str, &str) = ("done", "1");

/// What it says.
pub(super) fn words(operation: QueueOperation, changed: &QueuesChanged) -> String {
    let count = |count: usize| match count {
        1 => "1 queue".to_owned(),
        count => format!("{count} queues"),
    };
    let label = operation.spec().label;
    let mut said = vec![format!("{label}: {} changed.", count(changed.done))];
    if changed.unchanged > 0 {
        said.push(format!(
            "{} had nothing to change.",
            count(changed.unchanged)
        ));
    }
    if !changed.failed.is_empty() {
        let failed = changed.failed.iter();
        let left = left_words(failed.map(|(queue, why)| (queue.name(), why.as_str())));
        said.push(format!("Not changed: {left}."));
    }
    if changed.not_tried > 0 {
        said.push(format!(
            "{} not tried after that.",
            count(changed.not_tried)
        ));
    }
    said.join(" ")
}
