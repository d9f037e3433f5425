//! Which minutes of a queue are to be recorded: those in which something happened or changed, and that were not recorded like
//! this before.

use super::point::Coverage;
use super::slot::Slot;
use crate::domain::stats::series::{MINUTE_MS, MINUTES, SampleSource, Series};

/// What a process knows of a queue's last hour.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownHour<'a> {
    /// Its minutes; `None` if nothing happened.
    pub(crate) series: Option<&'a Series>,
    /// Since when its events are known, in Unix milliseconds; `None` if they can't be read.
    pub(crate) events_since: Option<u64>,
    /// The time of the newest event that was read, in Unix milliseconds; `None` if its events can't be read.
    pub(crate) read_to: Option<u64>,
    /// How many jobs are outstanding, and workers there, now.
    pub(crate) outstanding: u64,
    pub(crate) workers: Option<u64>,
    /// Now, in Unix milliseconds of Redis's clock.
    pub(crate) now_ms: u64,
}

impl KnownHour<'_> {
    /// The last minutes up to `last`, those from `first` on, in order. Figures of now are those of `last`.
    pub(crate) fn minutes(&self, first: u64, last: u64) -> Vec<(u64, Slot)> {
        let of_series = self.series.map(|series| series.minutes(self.now_ms));
        let in_series = of_series.iter().flatten().filter_map(|minute| {
            let number = minute.start_ms / MINUTE_MS;
            let seen = minute.source == SampleSource::Seen && (first..=last).contains(&number);
            let times = || self.series.map(|series| series.times(minute.start_ms));
            seen.then(|| (number, Slot::of_minute(minute, times().unwrap_or_default())))
        });
        let mut in_series = in_series.peekable();
        let mut minutes = Vec::new();
        for number in first.max(last.saturating_sub(MINUTES as u64))..=last {
            let seen = in_series.next_if(|(seen, _)| *seen == number);
            let mut slot = seen.map_or(Slot::QUIET, |(_, slot)| slot);
            if self.is_unknown(number) {
                slot.coverage = match slot.events() {
                    0 => Coverage::Nothing,
                    _ => Coverage::Part,
                };
            }
            if number == last {
                slot.outstanding = slot.outstanding.or(Some(self.outstanding));
                slot.workers = self.workers;
            }
            minutes.push((number, slot));
        }
        minutes
    }

    /// Whether a minute was not followed, or not all of it.
    fn is_unknown(&self, minute: u64) -> bool {
        self.is_ahead()
            || self
                .series
                .is_some_and(|series| series.has_left_behind(minute))
            || self
                .events_since
                .is_none_or(|since| minute * MINUTE_MS < since)
    }

    /// Whether its events have times that are still to come: Redis's clock went back. A stream's ids only grow, so that what
    /// happens now gets the time of that last event until the clock is there again.
    pub(crate) fn is_ahead(&self) -> bool {
        self.read_to
            .is_some_and(|newest| newest > self.now_ms + MINUTE_MS)
    }
}

/// What was recorded of a queue's last hour by this process: about 300 bytes.
#[derive(Debug, Clone)]
pub(crate) struct RecordedHour {
    /// What was recorded of each minute, by a digest; 0 for nothing.
    digests: [u32; MINUTES],
    /// The outstanding jobs and workers that were recorded last.
    last: Option<(Option<u64>, Option<u64>)>,
}

impl RecordedHour {
    /// Nothing was recorded.
    pub(crate) const NOTHING: Self = Self {
        digests: [0; MINUTES],
        last: None,
    };

    /// The minutes that are to be recorded now, of those that a process knows.
    pub(crate) fn due(&self, minutes: &[(u64, Slot)]) -> Vec<(u64, Slot)> {
        let mut last = self.last;
        let mut due = Vec::new();
        let newest = minutes.last().map(|(minute, _)| *minute);
        for (minute, slot) in minutes {
            if self.digests[place(*minute)] == digest(*minute, slot) {
                continue;
            }
            let seen = (slot.outstanding, slot.workers);
            // The figures of now are only known for the newest minute.
            let changed = match Some(*minute) == newest {
                true => last != Some(seen),
                false => {
                    slot.outstanding.is_some()
                        && last.is_some_and(|(outstanding, _)| outstanding != slot.outstanding)
                }
            };
            if slot.events() > 0 || slot.coverage != Coverage::Whole || changed {
                due.push((*minute, *slot));
                last = Some(seen);
            }
        }
        due
    }

    /// Notes that these minutes are recorded.
    pub(crate) fn note(&mut self, recorded: &[(u64, Slot)]) {
        for (minute, slot) in recorded {
            self.digests[place(*minute)] = digest(*minute, slot);
            self.last = Some((slot.outstanding, slot.workers));
        }
    }

    /// Takes the minutes up to `recorded` as recorded, by another process.
    pub(crate) fn trust(&mut self, minutes: &[(u64, Slot)], recorded: u64) {
        for (minute, slot) in minutes.iter().filter(|(minute, _)| *minute <= recorded) {
            self.digests[place(*minute)] = digest(*minute, slot);
        }
    }
}

fn place(minute: u64) -> usize {
    (minute % MINUTES as u64) as usize
}

/// Tells apart what may have to be recorded again: workers are read once, with the newest minute.
fn digest(minute: u64, slot: &Slot) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for number in [
        minute,
        u64::from(slot.coverage.rank()),
        slot.added,
        slot.completed,
        slot.failed,
    ] {
        hasher.update(&number.to_le_bytes());
    }
    hasher.finalize().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A minute of 2026.
    const START: u64 = 29_921_880;

    fn known(series: &Series, now_ms: u64, read_to: u64) -> KnownHour<'_> {
        KnownHour {
            series: Some(series),
            events_since: Some(START * MINUTE_MS),
            read_to: Some(read_to),
            outstanding: 0,
            workers: None,
            now_ms,
        }
    }

    fn told(known: &KnownHour<'_>, first: u64, last: u64) -> Vec<(Coverage, u64)> {
        let minutes = known.minutes(first, last).into_iter();
        minutes
            .map(|(_, slot)| (slot.coverage, slot.completed))
            .collect()
    }

    #[test]
    fn while_redis_clock_is_behind_a_queues_last_event_nothing_is_claimed() {
        let mut series = Series::new(START * MINUTE_MS);
        let minute = |minute: u64| (START + minute) * MINUTE_MS;
        series.finished(minute(10));
        series.finished(minute(30));
        use Coverage::{Nothing, Part, Whole};
        let minutes = |now_ms| told(&known(&series, now_ms, minute(30)), START + 10, START + 11);
        assert_eq!(minutes(minute(31)), [(Whole, 1), (Whole, 0)]);
        let slipped = minutes(minute(29));
        assert_eq!(slipped, [(Whole, 1), (Whole, 0)], "it may slip a little");
        assert_eq!(
            minutes(minute(12)),
            [(Part, 1), (Nothing, 0)],
            "it went back"
        );
        // By more than the series holds.
        series.finished(minute(100));
        let far = known(&series, minute(12), minute(100));
        let behind = told(&far, START + 10, START + 11);
        assert_eq!(behind, [(Nothing, 0), (Nothing, 0)]);
    }

    #[test]
    fn minutes_that_our_clock_has_moved_a_series_past_are_unknown() {
        let mut series = Series::new(START * MINUTE_MS);
        let now = (START + 30) * MINUTE_MS;
        series.finished(now);
        series.outstanding(now + 70 * MINUTE_MS, 5);
        let minutes = told(&known(&series, now, now), START + 29, START + 30);
        assert_eq!(minutes, [(Coverage::Nothing, 0), (Coverage::Nothing, 0)]);
    }

    #[test]
    fn what_is_recorded_is_the_same_minute_whatever_the_clock_was_meanwhile() {
        let mut series = Series::new(START * MINUTE_MS);
        let event = (START + 5) * MINUTE_MS;
        series.finished(event);
        let mut recorded = RecordedHour::NOTHING;
        let minutes = known(&series, event + MINUTE_MS, event).minutes(START + 2, START + 5);
        let due = recorded.due(&minutes);
        recorded.note(&due);
        assert_eq!(recorded.due(&minutes), [], "once");
        // The clock goes back and comes here again.
        for now in [START + 6, START + 6000, START + 6] {
            let minutes = known(&series, now * MINUTE_MS, event).minutes(START + 2, START + 5);
            let again = recorded.due(&minutes);
            let events: u64 = again.iter().map(|(_, slot)| slot.events()).sum();
            assert_eq!(events, 0, "no event is recorded again at {now}");
        }
    }
}
