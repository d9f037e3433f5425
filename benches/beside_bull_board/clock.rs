//! Measures when an event in Redis is shown: an otherwise idle queue gets a job about once a second, and every viewer
//! reports when their page shows it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The queue that gets the jobs. No other queue's name contains this. It sorts first, so it is on the first page of the
/// overview, as the queues of the traffic are.
pub(crate) const QUEUE: &str = "a-stopwatch";

/// What all viewers saw together.
#[derive(Default)]
pub(crate) struct Clock(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// How many jobs the queue had before.
    before: usize,
    /// When each further job began to be added.
    added: Vec<Instant>,
    /// How long it took until a viewer was shown a job, for each of both.
    took: Vec<Duration>,
    messages: usize,
    bytes: usize,
    ended: usize,
}

/// What was seen in a time.
pub(crate) struct Shown {
    /// How long it took until viewers were shown a job, in ms, in order. For those who were not, how long it was then.
    millis: Vec<f64>,
    /// How many times a viewer was not shown a job.
    pub(crate) missed: usize,
    /// Messages or answers.
    pub(crate) messages: usize,
    /// Bytes of them.
    pub(crate) bytes: usize,
    /// Viewers whose stream or connection ended.
    pub(crate) ended: usize,
}

impl Shown {
    /// The time within which this share was shown, in ms.
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        let at = (self.millis.len() as f64 * share) as usize;
        let at = at.min(self.millis.len().saturating_sub(1));
        self.millis.get(at).copied().unwrap_or(f64::NAN)
    }
}

impl Clock {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins anew, with so many jobs in the queue.
    pub(crate) fn begin(&self, jobs: usize) {
        let mut seen = self.seen();
        *seen = Seen {
            before: jobs,
            ended: seen.ended,
            ..Seen::default()
        };
    }

    /// A job is about to be added.
    pub(crate) fn job(&self) {
        self.seen().added.push(Instant::now());
    }

    /// How many jobs the queue has by now.
    pub(crate) fn jobs(&self) -> usize {
        let seen = self.seen();
        seen.before + seen.added.len()
    }

    /// Something came to a viewer.
    pub(crate) fn came(&self, bytes: usize) {
        let mut seen = self.seen();
        seen.messages += 1;
        seen.bytes += bytes;
    }

    /// A viewer who was shown `last` jobs so far is now shown `jobs`.
    pub(crate) fn shows(&self, jobs: usize, last: &mut usize) {
        let mut seen = self.seen();
        let (before, now) = (seen.before, Instant::now());
        for job in (*last).max(before)..jobs {
            if let Some(&added) = seen.added.get(job - before) {
                seen.took.push(now - added);
            }
        }
        *last = jobs.max(*last);
    }

    /// A viewer's stream or connection ended.
    pub(crate) fn ended(&self) {
        self.seen().ended += 1;
    }

    /// Whether each of so many viewers was shown every job.
    pub(crate) fn all_shown(&self, viewers: usize) -> bool {
        let seen = self.seen();
        seen.took.len() >= seen.added.len() * viewers
    }

    /// What so many viewers saw since it began.
    pub(crate) fn shown(&self, viewers: usize) -> Shown {
        let seen = self.seen();
        let missed = (seen.added.len() * viewers).saturating_sub(seen.took.len());
        // Those who still wait: since when is not known one by one, but it is the latest jobs that they wait for.
        let waiting = seen.added.iter().rev().flat_map(|added| {
            let waits = added.elapsed();
            std::iter::repeat_n(waits, viewers.max(1))
        });
        let took = seen.took.iter().copied().chain(waiting.take(missed));
        let mut millis: Vec<f64> = took.map(|time| time.as_secs_f64() * 1000.0).collect();
        millis.sort_unstable_by(f64::total_cmp);
        Shown {
            millis,
            missed,
            messages: seen.messages,
            bytes: seen.bytes,
            ended: seen.ended,
        }
    }
}
