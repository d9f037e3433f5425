//! What a search looks for, and where.

use std::collections::HashMap;

use super::targets::Target;
use crate::domain::queue::QueueId;
use crate::domain::search::Query;
use crate::service::hidden_values::Sight;
use crate::store::bullmq::jobs::walk::WalkFields;

/// What a search looks for, and where.
#[derive(Debug)]
pub(super) struct SearchPlan {
    pub(super) query: Query,
    /// What the query has to know of each job.
    pub(super) fields: WalkFields,
    /// The states to go through, in order.
    pub(super) targets: Vec<Target>,
    /// Whether the query may hold a value that a policy hides.
    pub(super) asks_for_hidden: bool,
    /// What whoever searches may see of each queue of which they may not see all.
    pub(super) sights: HashMap<QueueId, Sight>,
}

impl SearchPlan {
    /// What whoever searches may see of a queue.
    pub(super) fn sight(&self, queue: &QueueId) -> Sight {
        self.sights.get(queue).cloned().unwrap_or_default()
    }
}
