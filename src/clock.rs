//! The time of day, from one place.
//!
//! Every floor may ask it, the domain too: an entry's time and a run's id are made where the entry and the run are, and
//! reading the clock keeps nobody waiting and can't fail. Rules that decide by the time are given it, so that tests choose it.

#[cfg(test)]
use std::cell::Cell;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

/// Now, as the system has it.
pub(crate) fn system_time() -> SystemTime {
    SystemTime::now()
}

/// Now, in UTC.
pub(crate) fn utc() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// Now, since the Unix epoch; nothing where the clock stands before it.
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
