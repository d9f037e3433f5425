//! What was read less than a second ago: sessions and users are asked for with every request, and a change of them
//! may take at most a second to be felt.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer is taken for current.
const FRESH: Duration = Duration::from_millis(900);

/// At this size the outdated answers are swept out; as many can be fresh at once only with as many users a second.
const SWEEP_AT: usize = 4096;

/// Answers, each for less than a second.
#[derive(Debug)]
pub(crate) struct BriefCache<K, V>(Mutex<HashMap<K, (Instant, V)>>);

impl<K, V> Default for BriefCache<K, V> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Eq + Hash, V: Clone> BriefCache<K, V> {
    /// The answer for `key`, if there is a fresh one.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers
            .get(key)
            .filter(|(at, _)| at.elapsed() < FRESH)
            .map(|(_, value)| value.clone())
    }

    /// Keeps an answer that was asked for at `asked`: its age counts from then, not from when it arrived.
    pub(crate) fn put(&self, key: K, value: V, asked: Instant) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= SWEEP_AT {
            answers.retain(|_, (at, _)| at.elapsed() < FRESH);
        }
        answers.insert(key, (asked, value));
    }

    /// Forgets the answer for `key`.
    pub(crate) fn forget(&self, key: &K) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }
}
