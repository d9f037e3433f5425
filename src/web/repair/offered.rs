//! Where a repair of many jobs is offered, and its address.

use super::NEEDED;
use crate::domain::access::Operator;
use crate::domain::queue::QueueId;
use crate::web::app::App;

/// Whether this person may repair many jobs of a queue.
pub(crate) fn may_repair(operator: &Operator, queue: &QueueId) -> bool {
    NEEDED.iter().all(|action| operator.may(*action, queue))
}

/// The address of the form for jobs of a queue, with more in it; empty for those who may not.
pub(crate) fn repair_href(
    app: &App,
    operator: &Operator,
    queue: &QueueId,
    more: &[(&str, &str)],
) -> String {
    if !may_repair(operator, queue) {
        return String::new();
    }
    let links = app.links();
    let mut query = vec![
        ("queue", queue.name()),
        ("prefix", links.prefix(queue.prefix())),
    ];
    query.extend_from_slice(more);
    links.to("/repair", &query)
}
