//! The beginning of a search.

use std::collections::HashMap;
use std::sync::Arc;

use super::cursor::SearchCursor;
use super::plan::SearchPlan;
use super::request::{LARGEST_SEARCHED, SearchLimits};
use super::steps::Search;
use crate::domain::access::{Action, Operator};
use crate::domain::queue::queue_set::QueueSet;
use crate::domain::search::Query;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::hidden_values::{Sight, is_of_data};
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
        let (mut sights, mut hides) = (HashMap::new(), false);
        for target in &targets {
            let queue = &target.queue;
            if sights.contains_key(queue) {
                continue;
            }
            let hidden = self.sight_without_right(queue).await;
            hides |= !hidden.shows_all();
            sights.insert(
                queue.clone(),
                match operator.may(Action::Reveal, queue) {
                    true => Sight::default(),
                    false => hidden,
                },
            );
        }
        sights.retain(|_, sight| !sight.shows_all());
        let plan = SearchPlan {
            sights,
            asks_for_hidden: hides && query.needs().into_iter().any(is_of_data),
            fields: WalkFields::of(query.needs(), LARGEST_SEARCHED),
            query,
            targets,
        };
        let services = Arc::clone(self);
        Ok(Search::new(services, Arc::new(plan), from, limits, turn))
    }
}
