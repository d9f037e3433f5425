//! The part of the past that a page shows, and how fine its points are.

use std::time::Duration;

/// How long one point of the history lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resolution {
    /// One minute.
    Minute,
    /// Five minutes.
    FiveMinutes,
    /// An hour.
    Hour,
}

impl Resolution {
    /// How long a point lasts, in milliseconds.
    pub fn millis(self) -> u64 {
        match self {
            Self::Minute => 60_000,
            Self::FiveMinutes => 300_000,
            Self::Hour => 3_600_000,
        }
    }
}

/// The part of the past that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HistoryRange {
    /// This long, up to now.
    Last(Duration),
    /// Between two times in Unix milliseconds: from the first, up to and without the second.
    Between(u64, u64),
}

impl HistoryRange {
    /// Its beginning and its end in Unix milliseconds, as of `now`.
    pub fn span(self, now: u64) -> (u64, u64) {
        match self {
            Self::Last(length) => {
                let length = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
                (now.saturating_sub(length), now)
            }
            Self::Between(from, to) => (from, to),
        }
    }
}
