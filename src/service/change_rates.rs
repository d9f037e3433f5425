//! How many changes one person may make in a minute, over everything: a token bucket for each person, in the memory of this
//! process. It keeps a script that runs wild from changing thousands of jobs one by one, where every single change is allowed.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::token_buckets::{BucketRate, TokenBuckets};

/// How many people with changes of the last minute are remembered, some 100 bytes each.
const MOST_PEOPLE: usize = 10_000;

const MINUTE: Duration = Duration::from_secs(60);

/// What each person has left, by the user's name.
#[derive(Debug, Default)]
pub(crate) struct ChangeRates(Mutex<TokenBuckets<String>>);

impl ChangeRates {
    /// Counts a change of `user` where `per_minute` are allowed, 0 for any number; or says how long it is until the next one
    /// is.
    pub(crate) fn take(&self, user: &str, per_minute: u32, now: Instant) -> Option<Duration> {
        if per_minute == 0 {
            return None;
        }
        let rate = BucketRate {
            at_once: per_minute,
            every: MINUTE / per_minute,
            most: MOST_PEOPLE,
        };
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.take(&user.to_owned(), rate, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_changes_may_come_at_once_and_then_one_each_part_of_it() {
        let (rates, now) = (ChangeRates::default(), Instant::now());
        for _ in 0..120 {
            assert_eq!(rates.take("ann", 120, now), None);
        }
        let half = Duration::from_millis(500);
        assert_eq!(rates.take("ann", 120, now), Some(half));
        assert_eq!(rates.take("bob", 120, now), None);
        assert_eq!(rates.take("ann", 120, now + half), None);
    }

    #[test]
    fn nothing_is_counted_without_a_limit_and_people_are_bounded_with_one() {
        let (rates, now) = (ChangeRates::default(), Instant::now());
        let people = |rates: &ChangeRates| rates.0.lock().unwrap().len();
        for n in 0..20_000 {
            assert_eq!(rates.take(&n.to_string(), 0, now), None);
        }
        assert_eq!(people(&rates), 0);
        for n in 0..20_000 {
            rates.take(&n.to_string(), 1, now);
        }
        assert_eq!(people(&rates), MOST_PEOPLE);
    }
}
