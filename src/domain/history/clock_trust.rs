//! Whether Redis's clock is trusted to tell what is too old to be kept, or can't have happened yet. A clock that jumps, as a
//! machine's may until it hears from a time server, must not cost what was recorded.

use std::time::{Duration, Instant};

/// How far a clock may differ from the even course of time between two readings.
const EVEN_WITHIN: Duration = Duration::from_secs(60);

/// For how long a clock has to run evenly to be trusted alone.
const EVEN_FOR: Duration = Duration::from_secs(30 * 60);

/// How much two clocks may differ that are said to agree.
const AGREE_WITHIN_MS: u64 = 86_400_000;

/// What may be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClockTrust {
    /// What is older than it is kept.
    pub(crate) drops_old: bool,
    /// What is in the future, which an earlier jump of the clock left.
    pub(crate) drops_ahead: bool,
}

/// How evenly Redis's clock ran since it was first read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ClockWatch {
    /// Redis's time, in Unix milliseconds, at a moment since which it ran evenly.
    since: Option<(u64, Instant)>,
}

impl ClockWatch {
    /// Takes a reading of Redis's clock, in Unix milliseconds.
    pub(crate) fn read(&mut self, now_ms: u64, at: Instant) {
        let runs_evenly = self.since.is_some_and(|(then_ms, then)| {
            let expected = then_ms + millis(at.duration_since(then));
            now_ms.abs_diff(expected) <= millis(EVEN_WITHIN)
        });
        if !runs_evenly {
            self.since = Some((now_ms, at));
        }
    }

    /// What may be dropped by Redis's clock at this moment, when this machine's clock says `own_ms`.
    pub(crate) fn trust(&self, now_ms: u64, own_ms: u64, at: Instant) -> ClockTrust {
        let is_even = self
            .since
            .is_some_and(|(_, since)| at.duration_since(since) >= EVEN_FOR);
        ClockTrust {
            drops_old: is_even || now_ms.abs_diff(own_ms) <= AGREE_WITHIN_MS,
            drops_ahead: is_even,
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_795_312_800_000;
    const DAY: u64 = 86_400_000;

    #[test]
    fn a_clock_is_trusted_once_it_has_run_evenly_for_half_an_hour() {
        let began = Instant::now();
        let after = |minutes: u64| began + Duration::from_secs(minutes * 60);
        let mut watch = ClockWatch::default();
        let mut drops = |now_ms: u64, own_ms: u64, minutes: u64| {
            watch.read(now_ms, after(minutes));
            let trust = watch.trust(now_ms, own_ms, after(minutes));
            (trust.drops_old, trust.drops_ahead)
        };
        let own = |minutes: u64| NOW + minutes * 60_000;
        // Redis's clock is years behind until it hears from a time server.
        assert_eq!(drops(1_000, own(0), 0), (false, false));
        assert_eq!(drops(1_000 + 29 * 60_000, own(29), 29), (false, false));
        assert_eq!(drops(own(30), own(30), 30), (true, false));
        assert_eq!(drops(own(59), own(59), 59), (true, false));
        assert_eq!(drops(own(60) + 20_000, own(60), 60), (true, true));
        // It jumps forward, and stays there.
        assert_eq!(drops(own(61) + 2 * DAY, own(61), 61), (false, false));
        assert_eq!(drops(own(90) + 2 * DAY, own(90), 90), (false, false));
        assert_eq!(drops(own(91) + 2 * DAY, own(91), 91), (true, true));
    }
}
