//! Token buckets: how often each of many people may do something, for a bounded number of them.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// How often one may do it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BucketRate {
    /// How many times at once, at least 1.
    pub(crate) at_once: u32,
    /// After those, how often one time more.
    pub(crate) every: Duration,
    /// How many people are remembered. Others wait until there is room.
    pub(crate) most: usize,
}

/// The tokens that each has left, as a time: full where it has been, empty at `every * at_once` from now.
#[derive(Debug)]
pub(crate) struct TokenBuckets<K>(HashMap<K, Instant>);

impl<K> Default for TokenBuckets<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Clone + Eq + Hash> TokenBuckets<K> {
    /// Takes one of the tokens of `who`; or says how long it is until there is one.
    pub(crate) fn take(&mut self, who: &K, rate: BucketRate, now: Instant) -> Option<Duration> {
        if !self.0.contains_key(who) && self.0.len() >= rate.most {
            self.forget_full(now);
            if self.0.len() >= rate.most {
                return Some(rate.every);
            }
        }
        // Counted from an instant that has been, so that the clock's beginning does not matter.
        let spent = self.0.entry(who.clone()).or_insert(now);
        let ahead = spent.saturating_duration_since(now);
        match ahead.checked_sub(rate.every * (rate.at_once - 1)) {
            Some(over) if !over.is_zero() => Some(over),
            _ => {
                *spent = (*spent).max(now) + rate.every;
                None
            }
        }
    }

    /// Forgets those whose bucket is full again.
    pub(crate) fn forget_full(&mut self, now: Instant) {
        self.0.retain(|_, spent| *spent > now);
    }

    /// How many people are remembered.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const RATE: BucketRate = BucketRate {
        at_once: 3,
        every: SECOND,
        most: 2,
    };

    #[test]
    fn a_bucket_has_so_many_at_once_and_then_one_after_the_other() {
        let (mut buckets, now) = (TokenBuckets::default(), Instant::now());
        for _ in 0..3 {
            assert_eq!(buckets.take(&"ann", RATE, now), None);
        }
        assert_eq!(buckets.take(&"ann", RATE, now), Some(SECOND));
        assert_eq!(buckets.take(&"bob", RATE, now), None, "each has their own");
        let half = now + SECOND / 2;
        assert_eq!(buckets.take(&"ann", RATE, half), Some(SECOND / 2));
        let later = now + SECOND;
        assert_eq!(buckets.take(&"ann", RATE, later), None);
        assert_eq!(buckets.take(&"ann", RATE, later), Some(SECOND));
    }

    #[test]
    fn no_more_people_are_remembered_than_allowed_and_full_buckets_make_room() {
        let (mut buckets, now) = (TokenBuckets::default(), Instant::now());
        for who in 0..2 {
            assert_eq!(buckets.take(&who, RATE, now), None);
        }
        assert_eq!(buckets.take(&2, RATE, now), Some(SECOND));
        assert_eq!(buckets.len(), 2);
        assert_eq!(buckets.take(&2, RATE, now + SECOND), None);
        assert_eq!(buckets.len(), 1);
    }
}
