//! What a search looks for, and where.

use super::targets::Target;
use crate::domain::search::Query;
use crate::store::bullmq::jobs::walk::WalkFields;

/// What a search looks for, and where.
#[derive(Debug)]
pub(super) struct SearchPlan {
    pub(super) query: Query,
    /// What the query has to know of each job.
    pub(super) fields: WalkFields,
    /// The states to go through, in order.
    pub(super) targets: Vec<Target>,
}
