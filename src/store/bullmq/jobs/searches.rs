//! Searches for jobs through whole lists: what they found, and when there may be another.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;

/// What was found counts for so long without another search: what is not in its list any more is in a state that is
/// looked up first, unless it was removed.
const FRESH: Duration = Duration::from_secs(30);

/// For how many jobs it is kept.
const MOST_KEPT: usize = 4_096;

/// How long a page waits for its turn to have a whole list searched.
pub(crate) const PATIENCE: Duration = Duration::from_millis(250);

/// A search of a whole list is followed by a rest of so many times as long: searches have 5 % of Redis's time.
pub(crate) const REST: u32 = 19;

/// What a search costs at least for each id in the list: 6 ns were measured for numbers (Redis 7.0), more for longer ids.
pub(crate) const COST_OF_ID: Duration = Duration::from_nanos(10);

/// What was found, and when there may be another search.
#[derive(Debug, Default)]
pub(crate) struct Searches {
    kept: Mutex<HashMap<(QueueId, JobId), (Instant, JobState)>>,
    /// Held by the one who searches, or waits to.
    pub(crate) turn: tokio::sync::Mutex<()>,
    /// When Redis has had its rest.
    rested: Mutex<Option<Instant>>,
}

impl Searches {
    pub(crate) fn kept(&self, key: &(QueueId, JobId), fresh: bool) -> Option<JobState> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(key);
        found
            .filter(|(at, _)| !fresh || at.elapsed() < FRESH)
            .map(|(_, state)| *state)
    }

    /// When there may be the next search.
    pub(crate) fn next(&self) -> Instant {
        let rested = self.rested.lock().unwrap_or_else(PoisonError::into_inner);
        rested.unwrap_or_else(Instant::now)
    }

    pub(crate) fn rest_until(&self, rested: Instant) {
        *self.rested.lock().unwrap_or_else(PoisonError::into_inner) = Some(rested);
    }

    pub(crate) fn keep(&self, key: (QueueId, JobId), state: JobState) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.retain(|_, (at, _)| at.elapsed() < FRESH);
            if kept.len() >= MOST_KEPT {
                kept.clear();
            }
        }
        kept.insert(key, (Instant::now(), state));
    }
}
