//! Limits searches through whole lists: keeps their results, and decides when the next one may run.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;

/// How long a result is used without another search. A job that has left its list since is in a state that is checked
/// first, unless it was removed.
const FRESH: Duration = Duration::from_secs(30);

/// For how many jobs a result is kept.
const MOST_KEPT: usize = 4_096;

/// How long a page waits for its turn to search a whole list.
pub(crate) const PATIENCE: Duration = Duration::from_millis(250);

/// After a search of a whole list, Redis rests this many times as long, so that searches take 5 % of its time.
pub(crate) const REST: u32 = 19;

/// The least cost of a search for each id in the list: 6 ns were measured for numbers (Redis 7.0), more for longer ids.
pub(crate) const COST_OF_ID: Duration = Duration::from_nanos(10);

/// The results, and when the next search may run.
#[derive(Debug, Default)]
pub(crate) struct Searches {
    kept: Mutex<HashMap<(QueueId, JobId), (Instant, JobState)>>,
    /// Held by the caller that searches or waits for its turn.
    pub(crate) turn: tokio::sync::Mutex<()>,
    /// When Redis has rested.
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

    /// When the next search may run.
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
