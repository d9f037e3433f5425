//! The beginning of a search.

use std::sync::Arc;

use super::cursor::SearchCursor;
use super::plan::SearchPlan;
use super::request::{LARGEST_SEARCHED, SearchLimits};
use super::steps::Search;
use crate::domain::access::Operator;
use crate::domain::queue::queue_set::QueueSet;
use crate::domain::search::Query;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::bullmq::jobs::walk::WalkFields;

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
        place: &QueueSet,
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
        let services = Arc::clone(self);
        Ok(Search::new(services, Arc::new(plan), from, limits, turn))
    }
}
