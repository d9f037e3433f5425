//! For how long a password that was typed again counts. Some changes take more than a session: proof that the person at the
//! keyboard is still the one who signed in.

use std::time::Duration;

/// How long it counts. Using it does not prolong it.
pub const FRESH_FOR: Duration = Duration::from_secs(5 * 60);

/// How far the clocks of two processes may differ, in ms. A time further ahead proves nothing: the clock was set back.
const CLOCKS_DIFFER: u64 = 60_000;

/// When the user of a session typed their password again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreshPassword {
    session: String,
    confirmed_at: u64,
}

impl FreshPassword {
    /// For the session whose record is kept under the key `session`, at `confirmed_at` in Unix milliseconds.
    pub fn new(session: &str, confirmed_at: u64) -> Self {
        Self {
            session: session.to_owned(),
            confirmed_at,
        }
    }

    /// The key of the session's record, which holds the same time for as long as the session lasts.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// When the password was typed, in Unix milliseconds.
    pub fn confirmed_at(&self) -> u64 {
        self.confirmed_at
    }

    /// When it ceases to count, in Unix milliseconds.
    pub fn until(&self) -> u64 {
        let millis = u64::try_from(FRESH_FOR.as_millis()).unwrap_or(u64::MAX);
        self.confirmed_at.saturating_add(millis)
    }

    /// Whether it counts at `now`, in Unix milliseconds.
    pub fn counts_at(&self, now: u64) -> bool {
        self.confirmed_at <= now.saturating_add(CLOCKS_DIFFER) && now < self.until()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_counts_for_five_minutes_to_the_millisecond() {
        let fresh = FreshPassword::new("session:1", 1_000_000);
        assert!(fresh.counts_at(1_000_000));
        assert!(fresh.counts_at(1_000_000 + 299_999));
        assert!(!fresh.counts_at(1_000_000 + 300_000));
        assert_eq!(fresh.until(), 1_300_000);
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_prolong_it() {
        let fresh = FreshPassword::new("session:1", 1_000_000);
        assert!(
            fresh.counts_at(1_000_000 - 60_000),
            "another machine's clock"
        );
        assert!(!fresh.counts_at(1_000_000 - 60_001));
    }
}
