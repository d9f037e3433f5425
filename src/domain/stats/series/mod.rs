//! The last 60 minutes of one queue: jobs added, finished and failed in each, the outstanding jobs, and waiting and
//! processing times.
//!
//! It is a ring of 60 minutes, filled from events, so its size does not depend on how busy the queue is. The caller drops
//! the ring of a queue without events ([`Series::is_idle`]). Every time is in Unix milliseconds of Redis's clock, which
//! event ids carry.

mod bullmq_metrics;
mod minute;
mod percentiles;
mod rate;

pub(crate) use bullmq_metrics::Metrics;
pub(crate) use minute::{MINUTE_MS, MINUTES, Minute, SampleSource, Spread};
pub(crate) use rate::Rate;

use std::collections::VecDeque;
use std::sync::Arc;

use super::buckets::MinuteTimes;
use minute::{MinuteKnown, MinuteSlot, SPAN};
use percentiles::Percentiles;

/// The last 60 minutes of one queue. It takes about 3 kB, and about 60 bytes for each minute with waiting or processing times;
/// during a minute 1 to 5 kB more for each of waiting and processing times, until the next event or [`Series::settle`].
#[derive(Debug, Clone)]
pub struct Series {
    /// When following began.
    since_ms: u64,
    /// The newest minute in the ring, counted from 1970.
    newest: u64,
    /// The newest minute with an event; 0 for none.
    last_event: u64,
    /// One bit for each place of the ring: some events of that minute may be missing.
    holes: u64,
    ring: [MinuteSlot; MINUTES],
    /// Waiting times of the newest minute.
    waiting: Percentiles,
    /// Processing times of the newest minute.
    processing: Percentiles,
    /// The waiting and processing times of the ended minutes that have any, in buckets, packed; the oldest first.
    ended: VecDeque<(u64, Arc<[u8]>)>,
}

impl Series {
    /// An empty series. Following began at `since_ms`; that minute is only followed in part.
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
            ended: VecDeque::new(),
        };
        series.ring[place(first)] = MinuteSlot::QUIET;
        if !since_ms.is_multiple_of(MINUTE_MS) {
            series.holes |= bit(first);
        }
        series
    }

    /// When following began.
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

    /// A job failed without attempts left. A failed attempt that is retried is not counted.
    pub fn failed(&mut self, at_ms: u64) {
        self.count(at_ms, |slot| &mut slot.failed);
    }

    /// Sets the number of outstanding jobs. The last reading of a minute counts, and holds until the next reading.
    pub fn outstanding(&mut self, at_ms: u64, jobs: u64) {
        if let Some(slot) = self.slot(at_ms) {
            slot.outstanding = MinuteKnown::of(jobs);
        }
    }

    /// A worker took a job after it had waited for `wait_ms`. Only counts while its minute is the newest.
    pub fn waited(&mut self, at_ms: u64, wait_ms: u64) {
        if self.is_newest(at_ms) {
            self.waiting.add(wait_ms);
        }
    }

    /// An attempt ended after `work_ms`. Only counts while its minute is the newest.
    pub fn worked(&mut self, at_ms: u64, work_ms: u64) {
        if self.is_newest(at_ms) {
            self.processing.add(work_ms);
        }
    }

    /// Events of this minute may be missing, so its counts are lower bounds.
    pub fn hole(&mut self, at_ms: u64) {
        if self.slot(at_ms).is_some() {
            self.holes |= bit(at_ms / MINUTE_MS);
        }
    }

    /// Fills the minutes before following began with what workers counted themselves, read at `read_at_ms`. A worker that
    /// counts one of the two counts both: if only one of them changed lately, the other is 0 in the same minutes.
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

    /// The last 60 minutes, oldest first. The last one is the minute of `now_ms`, which is not over.
    pub fn minutes(&self, now_ms: u64) -> [Minute; MINUTES] {
        let now = now_ms / MINUTE_MS;
        std::array::from_fn(|at| self.minute((now + 1 + at as u64).saturating_sub(SPAN)))
    }

    /// The waiting and processing times of the minute that begins at `start_ms`, in buckets.
    pub(crate) fn times(&self, start_ms: u64) -> MinuteTimes {
        let minute = start_ms / MINUTE_MS;
        if minute == self.newest {
            return self.running_times();
        }
        let ended = self.ended.iter().find(|(ended, _)| *ended == minute);
        ended
            .and_then(|(_, packed)| MinuteTimes::unpack(packed))
            .unwrap_or_default()
    }

    fn running_times(&self) -> MinuteTimes {
        MinuteTimes {
            waiting: self.waiting.buckets(),
            processing: self.processing.buckets(),
        }
    }

    /// Whether nothing happened in the last 60 minutes, or a clock that went back made the series useless. It may be
    /// dropped then, and begun anew at the next event.
    pub fn is_idle(&self, now_ms: u64) -> bool {
        let now = now_ms / MINUTE_MS;
        self.last_event + SPAN <= now || self.is_out_of_reach(now_ms)
    }

    /// Whether a clock that went back made it useless: it holds no minute up to now.
    pub(crate) fn is_out_of_reach(&self, now_ms: u64) -> bool {
        self.newest >= now_ms / MINUTE_MS + SPAN
    }

    /// Whether this minute is too long before the newest one to be held, because a clock went back or is ahead.
    pub(crate) fn has_left_behind(&self, minute: u64) -> bool {
        minute + SPAN <= self.newest
    }

    /// Frees what only a running minute needs, if that minute has been over for a while. To be called every few minutes for
    /// a queue with few events.
    pub fn settle(&mut self, now_ms: u64) {
        // The minute before the current one may still get late samples.
        self.move_on((now_ms / MINUTE_MS).saturating_sub(1));
    }

    /// Jobs added, completed and failed per minute over the last `minutes` whole minutes, at most 59. Minutes that are
    /// unknown or have holes are left out.
    pub fn rate(&self, now_ms: u64, minutes: usize) -> Rate {
        Rate::over(&self.minutes(now_ms), minutes)
    }

    fn count(&mut self, at_ms: u64, which: fn(&mut MinuteSlot) -> &mut MinuteKnown) {
        if let Some(slot) = self.slot(at_ms) {
            which(slot).plus(1);
            self.last_event = self.last_event.max(at_ms / MINUTE_MS);
        }
    }

    /// Whether a time is in the newest minute, after moving the ring on to it.
    fn is_newest(&mut self, at_ms: u64) -> bool {
        let minute = at_ms / MINUTE_MS;
        let newest = self.slot(at_ms).is_some() && minute == self.newest;
        if newest {
            self.last_event = minute;
        }
        newest
    }

    /// The slot of a time; `None` if it is before following began or more than 60 minutes before the newest.
    fn slot(&mut self, at_ms: u64) -> Option<&mut MinuteSlot> {
        let minute = at_ms / MINUTE_MS;
        if minute < self.first() || self.has_left_behind(minute) {
            return None;
        }
        self.move_on(minute);
        Some(&mut self.ring[place(minute)])
    }

    /// The slot of a minute before following began, while the ring still holds it.
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

    /// The minute in which following began.
    fn first(&self) -> u64 {
        self.since_ms / MINUTE_MS
    }

    /// Ends the newest minute and begins those up to `minute`; never more than 60, however far the clock jumped.
    fn move_on(&mut self, minute: u64) {
        if minute <= self.newest {
            return;
        }
        let times = self.running_times();
        if times != MinuteTimes::default() {
            self.ended.push_back((self.newest, times.pack().into()));
        }
        while (self.ended.front()).is_some_and(|(ended, _)| ended + SPAN <= minute) {
            self.ended.pop_front();
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
        if self.has_left_behind(minute) {
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

/// The index of a minute in the ring.
fn place(minute: u64) -> usize {
    (minute % SPAN) as usize
}

fn bit(minute: u64) -> u64 {
    1 << (minute % SPAN)
}

#[cfg(test)]
mod tests;
