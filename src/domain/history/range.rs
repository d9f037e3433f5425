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

/// How long the points of each resolution are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryKept {
    /// Minutes.
    pub minutes: Duration,
    /// Five minutes.
    pub five_minutes: Duration,
    /// Hours.
    pub hours: Duration,
}

impl HistoryKept {
    /// How long anything is kept.
    pub(crate) fn longest(&self) -> Duration {
        self.minutes.max(self.five_minutes).max(self.hours)
    }

    /// For how many minutes the points of a resolution are kept.
    pub(crate) fn minutes_of(&self, resolution: Resolution) -> u64 {
        let kept = match resolution {
            Resolution::Minute => self.minutes,
            Resolution::FiveMinutes => self.five_minutes,
            Resolution::Hour => self.hours,
        };
        kept.as_secs() / 60
    }

    /// How fine a reading between two times in Unix milliseconds is: as fine as they are kept, with about 400 points at most
    /// unless they are hours.
    pub(crate) fn resolution(&self, span: (u64, u64), now_ms: u64) -> Resolution {
        let is_fit = |resolution: &Resolution| {
            let points = span.1.saturating_sub(span.0) / resolution.millis();
            let kept_since = now_ms.saturating_sub(self.minutes_of(*resolution) * 60_000);
            points <= MOST_POINTS && span.0 + resolution.millis() > kept_since
        };
        [Resolution::Minute, Resolution::FiveMinutes]
            .into_iter()
            .find(is_fit)
            .unwrap_or(Resolution::Hour)
    }
}

/// The most points of a reading that is not by hours.
const MOST_POINTS: u64 = 400;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_as_fine_as_its_points_are_few_and_kept() {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        let kept = HistoryKept {
            minutes: hours(24),
            five_minutes: hours(7 * 24),
            hours: hours(30 * 24),
        };
        let now = 1_000 * 3_600_000;
        let last = |length| kept.resolution(HistoryRange::Last(hours(length)).span(now), now);
        assert_eq!(last(1), Resolution::Minute);
        assert_eq!(last(24), Resolution::FiveMinutes);
        assert_eq!(last(7 * 24), Resolution::Hour);
        assert_eq!(last(30 * 24), Resolution::Hour);
        let hour_of_yesterday = (now - 30 * 3_600_000, now - 29 * 3_600_000);
        assert_eq!(
            kept.resolution(hour_of_yesterday, now),
            Resolution::FiveMinutes
        );
        let hour_of_last_week = (now - 200 * 3_600_000, now - 199 * 3_600_000);
        assert_eq!(kept.resolution(hour_of_last_week, now), Resolution::Hour);
    }
}
