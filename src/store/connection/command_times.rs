//! How long commands take, counted without a lock: every command of every connection adds to it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::domain::stats::histogram::HistogramReading;

/// The upper bounds of the buckets, in microseconds. Longer times are in one more bucket.
const BOUNDS_US: [u64; 12] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 1_000_000,
];

/// The times of the commands that Redis answered.
#[derive(Debug, Default)]
pub(crate) struct CommandTimes {
    counts: [AtomicU64; BOUNDS_US.len() + 1],
    sum_us: AtomicU64,
}

impl CommandTimes {
    /// Counts a command.
    pub(crate) fn observe(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let place = BOUNDS_US.partition_point(|bound| *bound < micros);
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(micros, Ordering::Relaxed);
    }

    /// The histogram, in seconds.
    pub(crate) fn reading(&self) -> HistogramReading {
        let bounds = BOUNDS_US.iter().map(|bound| *bound as f64 / 1_000_000.0);
        let counts = self
            .counts
            .iter()
            .map(|count| count.load(Ordering::Relaxed));
        HistogramReading {
            buckets: bounds.chain([f64::INFINITY]).zip(counts).collect(),
            sum: self.sum_us.load(Ordering::Relaxed) as f64 / 1_000_000.0,
        }
    }
}
