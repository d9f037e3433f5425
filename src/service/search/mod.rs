//! Runs a query over the jobs of a queue, of a family, or of all queues that a person may see, in bounded batches.
//!
//! A [`Search`](steps::Search) reads nothing by itself: whoever asks for its next step drives it, and dropping it ends it. So a
//! reader that goes away or falls behind leaves nothing running.

mod batches;
pub mod cursor;
pub mod export;
pub mod found;
pub mod steps;
mod targets;
pub(crate) mod turns;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::access::Operator;
use crate::domain::queue::QueueId;
use crate::domain::search::Query;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::bullmq::jobs::walk::WalkFields;
use cursor::SearchCursor;
use steps::Search;
use targets::Target;

/// The largest field that a search reads, in bytes. A job with a larger one is counted, not searched.
pub const LARGEST_SEARCHED: u64 = 8 * 1024 * 1024;

/// Where to search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchPlace {
    /// One queue.
    Queue(QueueId),
    /// All versions of a family that the person may see.
    Family {
        /// The prefix of its queues.
        prefix: String,
        /// The family's name.
        name: String,
    },
    /// All queues that the person may see.
    Everywhere,
}

/// When a search stops before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchLimits {
    /// After so many jobs that match.
    pub found: u64,
    /// After about so many jobs that were looked at.
    pub looked_at: u64,
    /// After so long.
    pub within: Duration,
}

/// What a search looks for, and where.
#[derive(Debug)]
struct SearchPlan {
    query: Query,
    fields: WalkFields,
    targets: Vec<Target>,
}

impl Services {
    /// Begins a search, from the beginning or behind a cursor.
    ///
    /// # Errors
    ///
    /// Not found for a queue or family that is not there or outside the scope; too many searches, or too many of this person.
    pub async fn begin_search(
        self: &Arc<Self>,
        operator: &Operator,
        query: Query,
        place: &SearchPlace,
        from: Option<&SearchCursor>,
        limits: SearchLimits,
    ) -> Result<Search, ServiceError> {
        let turn = self.search_turns.take(operator.name())?;
        let targets = self.search_targets(operator, place, &query).await?;
        let plan = SearchPlan {
            fields: WalkFields::of(query.needs(), LARGEST_SEARCHED),
            query,
            targets,
        };
        Ok(Search::new(
            Arc::clone(self),
            Arc::new(plan),
            from,
            limits,
            turn,
        ))
    }
}
