//! Caches answers for less than a second. Sessions and users are read with every request, and a change of them must take
//! effect within a second.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer is used.
const FRESH: Duration = Duration::from_millis(900);

/// At this size, outdated answers are removed. As many can only be fresh with as many users a second.
const SWEEP_AT: usize = 4096;

/// The answers.
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

    /// Keeps an answer that was requested at `asked`. Its age counts from then, not from its arrival.
    pub(crate) fn put(&self, key: K, value: V, asked: Instant) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= SWEEP_AT {
            answers.retain(|_, (at, _)| at.elapsed() < FRESH);
        }
        answers.insert(key, (asked, value));
    }

    /// Removes the answer for `key`.
    pub(crate) fn forget(&self, key: &K) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }
}
