//! What was read of the history, and how long it is kept.

use std::sync::Arc;

use crate::cache::{Cache, as_it_cost};
use crate::domain::access::scope::Scope;
use crate::domain::history::point::HistoryReading;
use crate::domain::history::range::HistoryRange;
use crate::domain::queue::queue_set::QueueSet;
use crate::store::error::StoreError;

/// For how many scopes, queues and ranges readings are kept: each has about 100 kB at most.
const KEPT: usize = 64;

/// The kept readings.
#[derive(Debug)]
pub(crate) struct HistoryReadings(
    pub(super) Cache<(Scope, QueueSet, HistoryRange), Arc<HistoryReading>, StoreError>,
);

impl Default for HistoryReadings {
    fn default() -> Self {
        Self(Cache::new(KEPT, as_it_cost))
    }
}
