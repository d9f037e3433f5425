//! A sketch of the running minute's waiting or processing times, whose size does not grow with their number.

use sketches_ddsketch::{Config, DDSketch};

use super::minute::Spread;
use crate::domain::stats::buckets::TimeBuckets;

/// The relative error of a quantile.
const RELATIVE_ERROR: f64 = 0.02;

/// Enough to tell times from 1 ms to a year apart; beyond it the shortest times share a bin. A bin takes eight bytes. Bins
/// are allocated 128 at a time, which covers times up to 150 times as long as each other.
const MOST_BINS: u32 = 640;

/// The times of one minute, in milliseconds. Nothing is allocated before the first.
#[derive(Clone, Default)]
pub(crate) struct Percentiles(Option<Box<Times>>);

/// The same times twice: precisely for the last hour, and in buckets for the history, where they are added up.
#[derive(Clone)]
struct Times {
    sketch: DDSketch,
    buckets: TimeBuckets,
}

impl Percentiles {
    pub(crate) fn add(&mut self, ms: u64) {
        let times = self.0.get_or_insert_with(|| {
            Box::new(Times {
                // Times under half a millisecond count as 0.
                sketch: DDSketch::new(Config::new(RELATIVE_ERROR, MOST_BINS, 0.5)),
                buckets: TimeBuckets::default(),
            })
        });
        times.sketch.add(ms as f64);
        times.buckets.add(ms);
    }

    /// The times so far, in buckets.
    pub(crate) fn buckets(&self) -> TimeBuckets {
        self.0
            .as_ref()
            .map_or_else(TimeBuckets::default, |times| times.buckets)
    }

    /// The distribution of the times so far; without samples if there are none.
    pub(crate) fn spread(&self) -> Spread {
        let Some(times) = &self.0 else {
            return Spread::default();
        };
        let sketch = &times.sketch;
        // All these quantiles are between 0 and 1, and a sketch has at least one sample.
        let at = |quantile| sketch.quantile(quantile).ok().flatten().unwrap_or_default() as f32;
        Spread {
            p50_ms: at(0.5),
            p95_ms: at(0.95),
            p99_ms: at(0.99),
            samples: u32::try_from(sketch.count()).unwrap_or(u32::MAX),
        }
    }

    /// The distribution of the minute's times; drops the sketch.
    pub(crate) fn end(&mut self) -> Spread {
        std::mem::take(self).spread()
    }
}

impl std::fmt::Debug for Percentiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.spread().fmt(f)
    }
}
