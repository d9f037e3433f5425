//! Waiting and processing times from events: the time between two events of the same job.
//!
//! Only a hash of queue and job is kept, 16 bytes a job, in two maps of a fixed size for all queues. A job that does not
//! fit is not followed; it is counted, so that a page can say how many were measured.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;

use crate::domain::job::JobState;
use crate::domain::queue::event::EventKind;

/// How many waiting jobs are followed at once.
const MOST_WAITING: usize = 50_000;

/// How many active jobs are followed at once.
const MOST_ACTIVE: usize = 20_000;

/// Entries older than this, in milliseconds, are dropped from a full map: such jobs may never end.
const KEPT_FOR_MS: u64 = 60 * 60_000;

/// A full map is searched for old entries at most once in this many milliseconds.
const SWEPT_EVERY_MS: u64 = 60_000;

/// A measured time in milliseconds; at least 0, even if clocks went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LatencySample {
    /// From waiting to active.
    WaitedMs(u64),
    /// From active to the end of that attempt.
    WorkedMs(u64),
}

/// How many jobs were followed since the start, and how many could not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Followed {
    /// Waits and attempts that were followed.
    pub followed: u64,
    /// Waits and attempts that were not, because the map was full.
    pub not_followed: u64,
}

/// The jobs that are waiting or active, as far as their events were seen. `K` identifies the queue.
#[derive(Debug)]
pub(crate) struct LatencyTracker<K> {
    hasher: RandomState,
    waiting: Since,
    active: Since,
    queue: PhantomData<fn(&K)>,
}

impl<K: Hash> Default for LatencyTracker<K> {
    fn default() -> Self {
        Self::holding(MOST_WAITING, MOST_ACTIVE)
    }
}

impl<K: Hash> LatencyTracker<K> {
    fn holding(most_waiting: usize, most_active: usize) -> Self {
        Self {
            hasher: RandomState::new(),
            waiting: Since::holding(most_waiting),
            active: Since::holding(most_active),
            queue: PhantomData,
        }
    }

    /// Takes an event at `at_ms` (Unix milliseconds, of the same clock for all) and returns the time that it measures.
    pub(crate) fn event(
        &mut self,
        queue: &K,
        job: &str,
        event: EventKind,
        at_ms: u64,
    ) -> Option<LatencySample> {
        let job = self.hasher.hash_one((queue, job));
        match event {
            EventKind::Entered(JobState::Waiting) => {
                let worked = self.active.end(job, at_ms);
                self.waiting.begin(job, at_ms);
                worked.map(LatencySample::WorkedMs)
            }
            EventKind::Entered(JobState::Active) => {
                let waited = self.waiting.end(job, at_ms);
                self.active.begin(job, at_ms);
                waited.map(LatencySample::WaitedMs)
            }
            EventKind::Entered(JobState::Completed)
            | EventKind::Entered(JobState::Failed)
            | EventKind::Entered(JobState::Delayed)
            | EventKind::Entered(JobState::WaitingChildren) => {
                // A waiting job can be failed or delayed by hand; it no longer waits.
                self.waiting.end(job, at_ms);
                self.active.end(job, at_ms).map(LatencySample::WorkedMs)
            }
            EventKind::Removed => {
                self.waiting.end(job, at_ms);
                self.active.end(job, at_ms);
                None
            }
            _ => None,
        }
    }
}

/// Start times in Unix milliseconds, by the hash of queue and job.
#[derive(Debug)]
struct Since {
    most: usize,
    by_job: HashMap<u64, u64>,
    swept_at_ms: u64,
    followed: Followed,
}

impl Since {
    fn holding(most: usize) -> Self {
        Self {
            most,
            by_job: HashMap::new(),
            swept_at_ms: 0,
            followed: Followed::default(),
        }
    }

    fn begin(&mut self, job: u64, at_ms: u64) {
        let full = self.by_job.len() >= self.most && !self.by_job.contains_key(&job);
        if full && !self.make_room(at_ms) {
            self.followed.not_followed += 1;
            return;
        }
        self.by_job.insert(job, at_ms);
        self.followed.followed += 1;
    }

    fn end(&mut self, job: u64, at_ms: u64) -> Option<u64> {
        let since = self.by_job.remove(&job)?;
        Some(at_ms.saturating_sub(since))
    }

    /// Drops entries that are too old; returns whether there is room now.
    fn make_room(&mut self, now_ms: u64) -> bool {
        if now_ms.abs_diff(self.swept_at_ms) >= SWEPT_EVERY_MS {
            self.swept_at_ms = now_ms;
            self.by_job
                .retain(|_, since| now_ms.abs_diff(*since) <= KEPT_FOR_MS);
        }
        self.by_job.len() < self.most
    }
}
