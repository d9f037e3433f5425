//! One queue's last 60 minutes: what was added, finished and failed in each, how much was left, and how long jobs
//! waited and worked.
//!
//! A ring of 60 minutes, fed by events as they are seen, so its size never depends on how busy the queue is. Whoever
//! feeds it keeps none for a queue in which nothing happens ([`Series::is_idle`]). Every moment is in Unix milliseconds
//! by one clock, Redis's: event ids carry it.

mod bullmq_metrics;
mod minute;
mod percentiles;

pub(crate) use bullmq_metrics::Metrics;
pub(crate) use minute::{MINUTE_MS, MINUTES, Minute, SampleSource, Spread};

use minute::{MinuteKnown, MinuteSlot, SPAN};
use percentiles::Percentiles;

/// What was seen of one queue in its last 60 minutes. About 3 kB, and while a minute runs 1 to 5 kB more for each of
/// waiting and processing times, until the next event or [`Series::settle`].
#[derive(Debug, Clone)]
pub struct Series {
    /// When watching began.
    since_ms: u64,
    /// The newest minute that the ring holds, counted from 1970.
    newest: u64,
    /// The newest minute in which something happened; 0 for none.
    last_event: u64,
    /// A bit for each place of the ring: some events of that minute may be missing.
    holes: u64,
    ring: [MinuteSlot; MINUTES],
    /// Waiting times of the newest minute.
    waiting: Percentiles,
    /// Processing times of the newest minute.
    processing: Percentiles,
}

/// Jobs a minute, averaged over the minutes that are known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Added a minute; `None` where no minute is known.
    pub added_per_minute: Option<f64>,
    /// Completed a minute; `None` where no minute is known.
    pub finished_per_minute: Option<f64>,
    /// Failed for good a minute; `None` where no minute is known.
    pub failed_per_minute: Option<f64>,
    /// How many whole minutes the figures of what ended rest on.
    pub measured_minutes: u32,
}

impl Rate {
    /// Jobs that came to an end a minute, well or not; `None` where no minute is known.
    pub fn ended_per_minute(&self) -> Option<f64> {
        Some(self.finished_per_minute? + self.failed_per_minute?)
    }
}

impl Series {
    /// Nothing seen yet; watching began at `since_ms`. The minute it falls into is seen in part only.
    pub fn new(since_ms: u64) -> Self {
        let first = since_ms / MINUTE_MS;
        let mut series = Self {
            since_ms,
            newest: first,
            last_event: 0,
            holes: 0,
            ring: [MinuteSlot::UNKNOWN; MINUTES],
            waiting: Percentiles::default(),
            processing: Percentiles::default(),
        };
        series.ring[place(first)] = MinuteSlot::QUIET;
        if !since_ms.is_multiple_of(MINUTE_MS) {
            series.holes |= bit(first);
        }
        series
    }

    /// When watching began.
    pub fn since_ms(&self) -> u64 {
        self.since_ms
    }

    /// A job was added.
    pub fn added(&mut self, at_ms: u64) {
        self.count(at_ms, |slot| &mut slot.added);
    }

    /// A job completed.
    pub fn finished(&mut self, at_ms: u64) {
        self.count(at_ms, |slot| &mut slot.finished);
    }

    /// A job failed for good: a failed attempt that is retried is not counted.
    pub fn failed(&mut self, at_ms: u64) {
        self.count(at_ms, |slot| &mut slot.failed);
    }

    /// So many jobs were outstanding. The last reading of a minute stands, and goes on until the next reading.
    pub fn outstanding(&mut self, at_ms: u64, jobs: u64) {
        if let Some(slot) = self.slot(at_ms) {
            slot.outstanding = MinuteKnown::of(jobs);
        }
    }

    /// A job was taken by a worker after waiting for `wait_ms`. Counts while its minute is the newest.
    pub fn waited(&mut self, at_ms: u64, wait_ms: u64) {
        if self.is_newest(at_ms) {
            self.waiting.add(wait_ms);
        }
    }

    /// A worker let go of a job after `work_ms`. Counts while its minute is the newest.
    pub fn worked(&mut self, at_ms: u64, work_ms: u64) {
        if self.is_newest(at_ms) {
            self.processing.add(work_ms);
        }
    }

    /// Events of this minute may be missing: its counts are lower bounds.
    pub fn hole(&mut self, at_ms: u64) {
        if self.slot(at_ms).is_some() {
            self.holes |= bit(at_ms / MINUTE_MS);
        }
    }

    /// What workers themselves counted, read at `read_at_ms`, fills the minutes before watching began. A worker that
    /// counts, counts both: where only one of the two moved of late, the other is 0 in the same minutes.
    pub fn fill(&mut self, finished: Option<&Metrics>, failed: Option<&Metrics>, read_at_ms: u64) {
        let minutes = |metrics: Option<&Metrics>| {
            metrics.map_or_else(Vec::new, |metrics| metrics.minutes(read_at_ms))
        };
        let (finished, failed) = (minutes(finished), minutes(failed));
        for (minute, _) in finished.iter().chain(&failed) {
            if let Some(slot) = self.slot_before(*minute) {
                slot.finished = MinuteKnown::of(0);
                slot.failed = MinuteKnown::of(0);
            }
        }
        for (minute, jobs) in finished {
            self.fill_one(minute, jobs, |slot| &mut slot.finished);
        }
        for (minute, jobs) in failed {
            self.fill_one(minute, jobs, |slot| &mut slot.failed);
        }
    }

    /// The last 60 minutes, oldest first; the last is the one that `now_ms` falls into, and not over yet.
    pub fn minutes(&self, now_ms: u64) -> [Minute; MINUTES] {
        let now = now_ms / MINUTE_MS;
        std::array::from_fn(|at| self.minute((now + 1 + at as u64).saturating_sub(SPAN)))
    }

    /// Whether nothing happened in the last 60 minutes, or a clock that went back made this series useless: it may be
    /// dropped, and begun anew at the next event.
    pub fn is_idle(&self, now_ms: u64) -> bool {
        let now = now_ms / MINUTE_MS;
        self.last_event + SPAN <= now || self.newest >= now + SPAN
    }

    /// Lets go of what only a running minute needs, where that minute has been over for a while. To be called every few
    /// minutes for a queue in which little happens.
    pub fn settle(&mut self, now_ms: u64) {
        // The minute before now's may still get late samples.
        self.move_on((now_ms / MINUTE_MS).saturating_sub(1));
    }

    /// Jobs added, completed and failed a minute over the last `minutes` whole minutes, at most 59. Minutes with holes, and
    /// such as are not known, count for nothing.
    pub fn rate(&self, now_ms: u64, minutes: usize) -> Rate {
        let all = self.minutes(now_ms);
        let whole = &all[..MINUTES - 1];
        let last = &whole[whole.len().saturating_sub(minutes)..];
        let counted = |jobs: fn(&Minute) -> Option<u32>| -> Vec<f64> {
            let known = last.iter().filter(|minute| !minute.has_hole);
            known.filter_map(jobs).map(f64::from).collect()
        };
        let mean =
            |jobs: &[f64]| (!jobs.is_empty()).then(|| jobs.iter().sum::<f64>() / jobs.len() as f64);
        let finished = counted(|minute| minute.finished);
        Rate {
            added_per_minute: mean(&counted(|minute| minute.added)),
            finished_per_minute: mean(&finished),
            failed_per_minute: mean(&counted(|minute| minute.failed)),
            measured_minutes: u32::try_from(finished.len()).unwrap_or(u32::MAX),
        }
    }

    fn count(&mut self, at_ms: u64, which: fn(&mut MinuteSlot) -> &mut MinuteKnown) {
        if let Some(slot) = self.slot(at_ms) {
            which(slot).plus(1);
            self.last_event = self.last_event.max(at_ms / MINUTE_MS);
        }
    }

    /// Whether a moment falls into the newest minute, once the ring has moved on to it.
    fn is_newest(&mut self, at_ms: u64) -> bool {
        let minute = at_ms / MINUTE_MS;
        let newest = self.slot(at_ms).is_some() && minute == self.newest;
        if newest {
            self.last_event = minute;
        }
        newest
    }

    /// Where a moment is kept; `None` for one before watching began, or more than 60 minutes before the newest.
    fn slot(&mut self, at_ms: u64) -> Option<&mut MinuteSlot> {
        let minute = at_ms / MINUTE_MS;
        if minute < self.first() || minute + SPAN <= self.newest {
            return None;
        }
        self.move_on(minute);
        Some(&mut self.ring[place(minute)])
    }

    /// A minute before watching began, while the ring still holds it.
    fn slot_before(&mut self, minute: u64) -> Option<&mut MinuteSlot> {
        (minute < self.first() && minute + SPAN > self.newest)
            .then(|| &mut self.ring[place(minute)])
    }

    fn fill_one(&mut self, minute: u64, jobs: u64, which: fn(&mut MinuteSlot) -> &mut MinuteKnown) {
        if let Some(slot) = self.slot_before(minute) {
            *which(slot) = MinuteKnown::of(jobs);
            if jobs > 0 {
                self.last_event = self.last_event.max(minute);
            }
        }
    }

    /// The minute in which watching began.
    fn first(&self) -> u64 {
        self.since_ms / MINUTE_MS
    }

    /// Ends the newest minute and begins the ones up to `minute`; never more than 60, however far the clock jumped.
    fn move_on(&mut self, minute: u64) {
        if minute <= self.newest {
            return;
        }
        let ended = &mut self.ring[place(self.newest)];
        ended.waiting = self.waiting.end();
        ended.processing = self.processing.end();
        let quiet = MinuteSlot {
            outstanding: ended.outstanding,
            ..MinuteSlot::QUIET
        };
        let from = minute.saturating_sub(SPAN).max(self.newest) + 1;
        for begun in from..=minute {
            self.ring[place(begun)] = quiet;
            self.holes &= !bit(begun);
        }
        self.newest = minute;
    }

    fn minute(&self, minute: u64) -> Minute {
        let start_ms = minute * MINUTE_MS;
        if minute + SPAN <= self.newest {
            return Minute::new(start_ms, &MinuteSlot::UNKNOWN, false, false);
        }
        let seen = minute >= self.first();
        let mut slot = self.ring[place(minute.min(self.newest))];
        if minute > self.newest {
            slot = MinuteSlot {
                outstanding: slot.outstanding,
                ..MinuteSlot::QUIET
            };
        } else if minute == self.newest {
            slot.waiting = self.waiting.spread();
            slot.processing = self.processing.spread();
        }
        let has_hole = minute <= self.newest && self.holes & bit(minute) != 0;
        Minute::new(start_ms, &slot, seen, has_hole)
    }
}

/// Where the ring keeps a minute.
fn place(minute: u64) -> usize {
    (minute % SPAN) as usize
}

fn bit(minute: u64) -> u64 {
    1 << (minute % SPAN)
}

#[cfg(test)]
mod tests;
