//! The time of day, from one place.
//!
//! Every floor may read it, the domain too: an entry's time and a run's id are made where the entry and the run are, and
//! reading the clock neither blocks nor fails. Rules that depend on the time take it as an argument, so that tests can
//! choose it.

#[cfg(test)]
use std::cell::Cell;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

/// The current time of the system's clock.
pub(crate) fn system_time() -> SystemTime {
    SystemTime::now()
}

/// The current time in UTC.
pub(crate) fn utc() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// The time since the Unix epoch; zero if the clock is before it.
pub(crate) fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// Now, for telling how long ago something was: it never goes back.
pub(crate) fn instant() -> Instant {
    #[cfg(test)]
    return Instant::now() + AHEAD.get();
    #[cfg(not(test))]
    Instant::now()
}

#[cfg(test)]
thread_local! {
    /// How far a test has put [`instant`] forward, on its own thread.
    static AHEAD: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Puts [`instant`] forward for the test that runs on this thread.
#[cfg(test)]
pub(crate) fn advance(by: Duration) {
    AHEAD.set(AHEAD.get() + by);
}

/// Now, in Unix milliseconds.
pub fn unix_millis() -> u64 {
    u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX)
}
