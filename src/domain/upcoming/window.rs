//! A window of time from now on, in equal parts.

use strum::{EnumString, IntoStaticStr};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// How far to look ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Window {
    /// The next hour, by the minute.
    #[default]
    Hour,
    /// The next day, by half hours.
    Day,
    /// The next week, by three hours.
    Week,
}

impl Window {
    /// All of them, the shortest first.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Week];

    /// The name in addresses and words.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// How long it is, in milliseconds.
    fn length(self) -> u64 {
        match self {
            Self::Hour => HOUR,
            Self::Day => 24 * HOUR,
            Self::Week => 7 * 24 * HOUR,
        }
    }

    /// How long a part of it is, in milliseconds.
    fn part(self) -> u64 {
        match self {
            Self::Hour => MINUTE,
            Self::Day => 30 * MINUTE,
            Self::Week => 3 * HOUR,
        }
    }
}

/// The parts of a window. They begin at round times in UTC; the first begins now, and the last ends with the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Buckets {
    /// Where each part begins and the last one ends, in Unix milliseconds.
    bounds: Vec<u64>,
}

impl Buckets {
    /// The parts of the window that begins at `now`, in Unix milliseconds.
    pub(crate) fn of(window: Window, now: u64) -> Self {
        let (part, end) = (window.part(), now.saturating_add(window.length()));
        let mut bounds = vec![now];
        let mut next = (now / part).saturating_add(1).saturating_mul(part);
        while next < end {
            bounds.push(next);
            next = next.saturating_add(part);
        }
        bounds.push(end);
        Self { bounds }
    }

    /// Where the window begins, in Unix milliseconds.
    pub(crate) fn start(&self) -> u64 {
        self.bounds[0]
    }

    /// Where the window ends, in Unix milliseconds.
    pub(crate) fn end(&self) -> u64 {
        self.bounds[self.bounds.len() - 1]
    }

    /// The beginning and the end of each part, in Unix milliseconds.
    pub(crate) fn parts(&self) -> impl ExactSizeIterator<Item = (u64, u64)> + '_ {
        self.bounds.windows(2).map(|two| (two[0], two[1]))
    }

    /// How many parts there are.
    pub(crate) fn count(&self) -> usize {
        self.bounds.len() - 1
    }

    /// The part that a moment is in. What is due already is due in the first part; `None` after the window.
    pub(crate) fn part_of(&self, at: u64) -> Option<usize> {
        let after = self.bounds.partition_point(|bound| *bound <= at);
        (at < self.end()).then(|| after.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-28 20:17:30.250 UTC.
    const NOW: u64 = 1_795_897_050_250;

    #[test]
    fn parts_begin_at_round_times_and_cover_the_whole_window() {
        for (window, count) in [(Window::Hour, 61), (Window::Day, 49), (Window::Week, 57)] {
            let buckets = Buckets::of(window, NOW);
            assert_eq!(buckets.count(), count, "{window:?}");
            assert_eq!(
                (buckets.start(), buckets.end()),
                (NOW, NOW + window.length())
            );
            let parts: Vec<(u64, u64)> = buckets.parts().collect();
            assert!(parts.windows(2).all(|two| two[0].1 == two[1].0));
            assert!(parts[1..].iter().all(|(from, _)| from % window.part() == 0));
        }
        let round = Buckets::of(Window::Hour, NOW / MINUTE * MINUTE);
        assert_eq!(
            round.count(),
            60,
            "a window from a round time has no partial parts"
        );
    }

    #[test]
    fn a_moment_is_in_the_part_that_holds_it() {
        let buckets = Buckets::of(Window::Hour, NOW);
        for (at, part) in [
            (0, Some(0)),
            (NOW, Some(0)),
            (NOW + 29_749, Some(0)),
            (NOW + 29_750, Some(1)),
            (NOW + HOUR - 1, Some(60)),
            (NOW + HOUR, None),
            (u64::MAX, None),
        ] {
            assert_eq!(buckets.part_of(at), part, "{at}");
        }
        Buckets::of(Window::Week, u64::MAX);
    }
}
