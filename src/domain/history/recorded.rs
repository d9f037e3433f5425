//! How far the history was recorded.

use crate::domain::stats::series::{MINUTE_MS, MINUTES};

/// After how long a minute is taken as complete: until then its events may still be on their way.
pub(crate) const GRACE_MS: u64 = 5_000;

/// Redis's clock, and how far the history was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HistoryClock {
    /// Now, in Unix milliseconds of Redis's clock.
    pub(crate) now_ms: u64,
    /// The last minute, counted from 1970, that was recorded for all queues; `None` if none ever was.
    pub(crate) recorded: Option<u64>,
}

impl HistoryClock {
    /// Since when a process that begins follows events, in Unix milliseconds: where the recording ended, so that nothing is
    /// lost; never longer ago than the minutes that a process keeps, and never in the future.
    pub(crate) fn follow_since(&self) -> u64 {
        let oldest = self.oldest_minute() * MINUTE_MS;
        let ended = self.recorded.map(|minute| (minute + 1) * MINUTE_MS);
        ended.map_or(self.now_ms, |ended| ended.clamp(oldest, self.now_ms))
    }

    /// The last minute that is complete.
    pub(crate) fn ended_minute(&self) -> u64 {
        (self.now_ms.saturating_sub(GRACE_MS) / MINUTE_MS).saturating_sub(1)
    }

    /// The oldest minute of which a process still knows the whole.
    pub(crate) fn oldest_minute(&self) -> u64 {
        (self.now_ms / MINUTE_MS).saturating_sub(MINUTES as u64 - 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: u64, recorded: Option<u64>) -> HistoryClock {
        HistoryClock {
            now_ms: minutes * MINUTE_MS + 30_000,
            recorded,
        }
    }

    #[test]
    fn following_begins_where_recording_ended_within_the_last_hour() {
        assert_eq!(at(1000, None).follow_since(), 1000 * MINUTE_MS + 30_000);
        assert_eq!(at(1000, Some(997)).follow_since(), 998 * MINUTE_MS);
        assert_eq!(at(1000, Some(3)).follow_since(), 942 * MINUTE_MS);
        // Redis's clock went back since.
        let ahead = at(1000, Some(5000));
        assert_eq!(ahead.follow_since(), ahead.now_ms);
    }

    #[test]
    fn a_minute_is_complete_some_seconds_after_its_end() {
        let clock = |now_ms| HistoryClock {
            now_ms,
            recorded: None,
        };
        assert_eq!(clock(10 * MINUTE_MS + GRACE_MS - 1).ended_minute(), 8);
        assert_eq!(clock(10 * MINUTE_MS + GRACE_MS).ended_minute(), 9);
        assert_eq!(clock(0).ended_minute(), 0);
    }
}
