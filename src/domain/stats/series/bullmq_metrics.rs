//! BullMQ's own metrics: finished or failed jobs by minute, counted by workers that have the `metrics` option.
//!
//! `collectMetrics` in BullMQ's `moveToFinished` script (5.81 and 6.7, alike) keeps a hash `metrics:completed` or
//! `metrics:failed`, and a list of the same name with `:data`. The first job ever sets `prevTS` to its time and
//! `prevCount` to 0. A job in a later clock minute than `prevTS` pushes `count` before it, less `prevCount`, then a 0
//! for every minute in between, and sets `prevTS` to its own time. So
//! - what is pushed belongs to the minute of the *old* `prevTS`, since any job of a later minute would have pushed it;
//! - the list, newest first, begins with the minute before that of the *new* `prevTS`, and leaves no minute out;
//! - `count` less `prevCount` is what the minute of `prevTS` holds so far, and after it nothing was counted.
//!
//! No more is pushed than the list may hold (`maxDataPoints`): after a longer rest the count is put into the oldest
//! place, where it does not belong. Before 5.13 (seen in 4.18 and 5.12.14) BullMQ pushed 60 s after `prevTS` instead of
//! at the turn of the minute, so those points can't be told by clock minutes: do not read them. The times are the
//! workers' clocks'.

use super::minute::{MINUTE_MS, SPAN};

/// One of a queue's two metrics, as read from Redis.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metrics {
    /// `prevTS`: when a job last began a minute, in Unix milliseconds.
    pub prev_ts_ms: u64,
    /// `count`: all jobs ever counted.
    pub count: u64,
    /// `prevCount`: `count` before the job at `prev_ts_ms`.
    pub prev_count: u64,
    /// The newest points of the list, newest first; 60 are enough.
    pub points: Vec<u64>,
}

impl Metrics {
    /// The jobs counted in each minute since 1970, up to the minute of reading, newest first. Empty if nothing was counted
    /// for an hour: workers may have stopped counting, which is not the same as 0 jobs.
    pub(crate) fn minutes(&self, read_at_ms: u64) -> Vec<(u64, u64)> {
        let (last, read) = (self.prev_ts_ms / MINUTE_MS, read_at_ms / MINUTE_MS);
        if self.prev_ts_ms == 0 || last + SPAN <= read {
            return Vec::new();
        }
        let quiet = (last + 1..=read).rev().map(|minute| (minute, 0));
        let running = (last, self.count.saturating_sub(self.prev_count));
        let points = metrics_minutes(self.prev_ts_ms, &self.points);
        quiet.chain([running]).chain(points).collect()
    }
}

/// The minute since 1970 of each point of a metric's list, with its count, newest first. The oldest point is left out if
/// all newer ones are 0, since it may be in the wrong place.
pub(crate) fn metrics_minutes(prev_ts_ms: u64, points: &[u64]) -> Vec<(u64, u64)> {
    let sure = match points.split_last() {
        Some((_, newer)) if newer.iter().all(|jobs| *jobs == 0) => newer,
        _ => points,
    };
    let newest_first = (0..prev_ts_ms / MINUTE_MS).rev();
    newest_first.zip(sure.iter().copied()).collect()
}
