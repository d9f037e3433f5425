//! Which minutes are to be recorded, by what this process recorded so far and by Redis's clock.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::domain::history::recorded::HistoryClock;
use crate::domain::history::recording::RecordedHour;
use crate::domain::stats::series::MINUTE_MS;
use crate::service::live::snapshot::{Snapshot, VersionFigures};
use crate::store::records::history::HistoryOf;

/// How many minutes are looked at again, since events may come late.
const LATE_MINUTES: u64 = 3;

/// How long recording waits for events from before this process began.
const BEHIND_FOR: Duration = Duration::from_secs(30);

/// What this process recorded since it leads.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    pub(super) hours: HashMap<HistoryOf, RecordedHour>,
    /// The last minute that was recorded for all queues.
    pub(super) done: Option<u64>,
    /// Since when events are waited for.
    behind_since: Option<Instant>,
    /// The last hour whose parts were put together.
    pub(super) kept: Option<u64>,
    /// Whether it was told that there are too many queues.
    too_many: bool,
}

/// The minutes that one look records: an hour at most, however far a clock jumped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) clock: HistoryClock,
    pub(super) first: u64,
    pub(super) last: u64,
    /// Up to here another process recorded.
    pub(super) trusted: Option<u64>,
}

impl Recorder {
    /// The minutes to record now; `None` if there are none yet.
    pub(super) fn window(&mut self, clock: &HistoryClock, snapshot: &Snapshot) -> Option<Window> {
        let last = clock.ended_minute();
        let since = snapshot.since? / MINUTE_MS;
        let oldest = clock.oldest_minute().max(since);
        if snapshot.stale.is_some() || last < oldest {
            return None;
        }
        if self.done == Some(last) && clock.recorded == Some(last) {
            return None;
        }
        if self.done.is_some() && clock.recorded < self.done {
            // Redis lost what was recorded, or its clock went back.
            *self = Self {
                kept: self.kept,
                too_many: self.too_many,
                ..Self::default()
            };
        }
        if self.is_behind(&snapshot.queues) {
            return None;
        }
        let trusted = match self.done {
            Some(_) => None,
            // Where Redis's clock was ahead, nobody recorded the minutes up to now.
            None => (clock.recorded.filter(|minute| *minute <= last))
                .and_then(|minute| minute.checked_sub(LATE_MINUTES)),
        };
        let first = match self.done {
            Some(done) => done.min(last).saturating_sub(LATE_MINUTES).max(oldest),
            None => oldest,
        };
        Some(Window {
            clock: *clock,
            first,
            last,
            trusted,
        })
    }

    /// Whether events from before this process began are still being read, for not too long.
    fn is_behind(&mut self, queues: &[Arc<VersionFigures>]) -> bool {
        if !queues.iter().any(|version| version.is_behind) {
            self.behind_since = None;
            return false;
        }
        let since = *self.behind_since.get_or_insert_with(crate::clock::instant);
        since.elapsed() < BEHIND_FOR
    }

    pub(super) fn forget_gone(&mut self, snapshot: &Snapshot) {
        self.hours.retain(|of, _| match of {
            HistoryOf::Queue(queue) => snapshot.queue(queue).is_some(),
            HistoryOf::All => true,
        });
    }

    pub(super) fn say_too_many(&mut self) {
        if !std::mem::replace(&mut self.too_many, true) {
            tracing::warn!("there are more queues than are recorded; the others have no history");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A minute of 2026.
    const START: u64 = 29_921_880;

    fn snapshot(since: u64) -> Snapshot {
        Snapshot {
            since: Some(since * MINUTE_MS),
            ..Snapshot::default()
        }
    }

    /// Half a minute into a minute, where this one was recorded last.
    fn clock(minute: u64, recorded: u64) -> HistoryClock {
        HistoryClock {
            now_ms: minute * MINUTE_MS + 30_000,
            recorded: Some(recorded),
        }
    }

    fn minutes(recorder: &mut Recorder, clock: HistoryClock, since: u64) -> Option<(u64, u64)> {
        let window = recorder.window(&clock, &snapshot(since))?;
        recorder.done = Some(window.last);
        Some((window.first, window.last))
    }

    #[test]
    fn however_far_redis_clock_jumps_an_hour_is_recorded_at_most() {
        let (day, century) = (1440, 1440 * 36_525);
        let mut recorder = Recorder::default();
        let now = START + 90;
        let recorded = minutes(&mut recorder, clock(now, now - 2), START);
        assert_eq!(recorded, Some((now - 58, now - 1)));
        let next = minutes(&mut recorder, clock(now + 1, now - 1), START);
        assert_eq!(next, Some((now - 4, now)));
        assert_eq!(minutes(&mut recorder, clock(now + 1, now), START), None);
        // Forward by a century and back.
        let then = now + century;
        let ahead = minutes(&mut recorder, clock(then, now), START);
        assert_eq!(ahead, Some((then - 58, then - 1)));
        let back = minutes(&mut recorder, clock(now + 2, then - 1), START);
        assert_eq!(back, Some((now - 2, now + 1)));
        assert_eq!(minutes(&mut recorder, clock(now + 2, now + 1), START), None);
        // Back by half an hour, in which this process already followed events.
        let then = now - 30;
        let back = minutes(&mut recorder, clock(then, now + 1), START);
        assert_eq!(back, Some((then - 4, then - 1)));
        // Back to before that.
        let before = minutes(&mut recorder, clock(START - day, then - 1), START);
        assert_eq!(before, None);
    }

    #[test]
    fn at_the_beginning_of_an_hour_and_of_a_day_no_minute_is_left_out() {
        let day = START / 1440 * 1440;
        for begins in [START, day] {
            let (mut recorder, mut recorded) = (Recorder::default(), begins - 5);
            let mut lasts = Vec::new();
            // Every second of some minutes around it.
            for second in 0..8 * 60 {
                let clock = HistoryClock {
                    now_ms: (begins - 4) * MINUTE_MS + second * 1_000,
                    recorded: Some(recorded),
                };
                let seen = recorder.window(&clock, &snapshot(begins - 60));
                if let Some(window) = seen {
                    assert!(window.first <= recorded, "{second}");
                    (recorder.done, recorded) = (Some(window.last), window.last);
                    lasts.push(window.last);
                }
            }
            let expected: Vec<u64> = (begins - 6..begins + 3).collect();
            assert_eq!(lasts, expected);
        }
    }

    #[test]
    fn where_redis_clock_was_ahead_a_process_that_begins_takes_nothing_as_recorded() {
        let now = START + 30;
        let window = |recorded| {
            let clock = clock(now, recorded);
            Recorder::default()
                .window(&clock, &snapshot(START))
                .unwrap()
        };
        assert_eq!(window(now - 1).trusted, Some(now - 4));
        assert_eq!(window(now + 1440).trusted, None);
    }
}
