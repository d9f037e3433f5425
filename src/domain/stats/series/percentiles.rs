//! The running minute's waiting or processing times, as a sketch whose size does not grow with their number.

use sketches_ddsketch::{Config, DDSketch};

use super::minute::Spread;

/// A quantile is off by no more than this part of itself.
const RELATIVE_ERROR: f64 = 0.02;

/// Enough for 1 ms to a year side by side; past it the shortest times run together. Eight bytes each, taken by the 128
/// as the times spread: one chunk holds times up to 150 times as long as each other.
const MOST_BINS: u32 = 640;

/// Times of one minute, in milliseconds. Nothing is allocated until the first.
#[derive(Clone, Default)]
pub(crate) struct Percentiles(Option<Box<DDSketch>>);

impl Percentiles {
    pub(crate) fn add(&mut self, ms: u64) {
        let sketch = self.0.get_or_insert_with(|| {
            // Anything under half a millisecond is 0.
            Box::new(DDSketch::new(Config::new(RELATIVE_ERROR, MOST_BINS, 0.5)))
        });
        sketch.add(ms as f64);
    }

    /// How the times so far are spread; no samples where there are none.
    pub(crate) fn spread(&self) -> Spread {
        let Some(sketch) = &self.0 else {
            return Spread::default();
        };
        // Every one of these is within 0 and 1, and there is a sample, or there would be no sketch.
        let at = |quantile| sketch.quantile(quantile).ok().flatten().unwrap_or_default() as f32;
        Spread {
            p50_ms: at(0.5),
            p95_ms: at(0.95),
            p99_ms: at(0.99),
            samples: u32::try_from(sketch.count()).unwrap_or(u32::MAX),
        }
    }

    /// How the minute's times were spread; the sketch is dropped with them.
    pub(crate) fn end(&mut self) -> Spread {
        std::mem::take(self).spread()
    }
}

impl std::fmt::Debug for Percentiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.spread().fmt(f)
    }
}
