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
        self.events_since
            .is_none_or(|since| minute * MINUTE_MS < since)
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
