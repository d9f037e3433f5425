//! Counts of durations in fixed buckets, which only grow.

/// A histogram as it is read: how many durations lie in each bucket, and their sum.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HistogramReading {
    /// The upper bound of each bucket in seconds, ascending, and how many durations lie in it and not in one before. The last
    /// bound is infinite.
    pub buckets: Vec<(f64, u64)>,
    /// The sum of all durations, in seconds.
    pub sum: f64,
}

impl HistogramReading {
    /// How many durations were measured.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|(_, count)| count).sum()
    }
}

/// The upper bounds of the buckets of waiting and processing times, in milliseconds. Longer times are in one more bucket.
pub(crate) const JOB_BOUNDS_MS: [u64; 12] = [
    10, 50, 100, 500, 1_000, 5_000, 15_000, 60_000, 300_000, 1_800_000, 7_200_000, 86_400_000,
];

/// The waiting or processing times of a queue's jobs: 112 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobTimes {
    counts: [u64; JOB_BOUNDS_MS.len() + 1],
    sum_ms: u64,
}

impl JobTimes {
    /// Counts a time of so many milliseconds.
    pub(crate) fn observe(&mut self, millis: u64) {
        let place = JOB_BOUNDS_MS.partition_point(|bound| *bound < millis);
        self.counts[place] += 1;
        self.sum_ms = self.sum_ms.saturating_add(millis);
    }

    /// Adds the times by which `now` exceeds `before`.
    pub(crate) fn grow(&mut self, before: &Self, now: &Self) {
        for (place, count) in self.counts.iter_mut().enumerate() {
            *count += now.counts[place].saturating_sub(before.counts[place]);
        }
        self.sum_ms = self
            .sum_ms
            .saturating_add(now.sum_ms.saturating_sub(before.sum_ms));
    }

    /// The histogram, in seconds.
    pub fn reading(&self) -> HistogramReading {
        let bounds = JOB_BOUNDS_MS.iter().map(|bound| *bound as f64 / 1_000.0);
        HistogramReading {
            buckets: bounds.chain([f64::INFINITY]).zip(self.counts).collect(),
            sum: self.sum_ms as f64 / 1_000.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_in_the_first_bucket_whose_bound_it_does_not_exceed() {
        let mut times = JobTimes::default();
        for millis in [0, 10, 11, 1_000, 86_400_001] {
            times.observe(millis);
        }
        let reading = times.reading();
        let filled: Vec<(f64, u64)> = reading
            .buckets
            .iter()
            .copied()
            .filter(|(_, count)| *count > 0)
            .collect();
        assert_eq!(filled, [(0.01, 2), (0.05, 1), (1.0, 1), (f64::INFINITY, 1)]);
        assert_eq!((reading.count(), reading.sum), (5, 86_401.022));
    }

    #[test]
    fn growth_is_what_came_since() {
        let (mut before, mut sum) = (JobTimes::default(), JobTimes::default());
        before.observe(20);
        let mut now = before;
        now.observe(20);
        now.observe(3_000);
        sum.grow(&before, &now);
        assert_eq!((sum.reading().count(), sum.reading().sum), (2, 3.02));
        sum.grow(&now, &before);
        assert_eq!(sum.reading().count(), 2, "a sum never shrinks");
    }
}
