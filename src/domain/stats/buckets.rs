//! Times counted in a few fixed buckets. Unlike percentiles they add up: over minutes, and over queues.

use super::varint;

/// How many buckets there are.
pub(crate) const BUCKETS: usize = 16;

/// Up to which time each bucket but the last counts, in milliseconds: from one millisecond to about three hours, each about three
/// times as long as the one before.
pub(crate) const BOUNDS_MS: [u64; BUCKETS - 1] = [
    1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000,
    10_000_000,
];

/// How many times fell into each bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TimeBuckets([u32; BUCKETS]);

impl TimeBuckets {
    /// Counts a time.
    pub(crate) fn add(&mut self, ms: u64) {
        let bucket = BOUNDS_MS.partition_point(|bound| *bound < ms);
        self.0[bucket] = self.0[bucket].saturating_add(1);
    }

    /// Adds what others counted.
    pub(crate) fn plus(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more);
        }
    }

    /// How many times were counted.
    pub(crate) fn samples(&self) -> u64 {
        self.0.iter().map(|count| u64::from(*count)).sum()
    }

    /// About the time, in milliseconds, that this share of the times is no longer than: within a bucket it is taken as if its
    /// times were spread evenly on a logarithmic scale. `None` if nothing was counted.
    pub(crate) fn about(&self, share: f64) -> Option<f32> {
        let samples = self.samples();
        if samples == 0 {
            return None;
        }
        let wanted = share * samples as f64;
        let mut before = 0.0;
        for (bucket, count) in self.0.iter().enumerate().filter(|(_, count)| **count > 0) {
            let count = f64::from(*count);
            if before + count >= wanted {
                let (from, to) = edges(bucket);
                let within = ((wanted - before) / count).clamp(0.0, 1.0);
                return Some((from * (to / from).powf(within)) as f32);
            }
            before += count;
        }
        Some(edges(BUCKETS - 1).1 as f32)
    }

    /// Appends the counts: which buckets have any, and how many.
    pub(crate) fn put(&self, bytes: &mut Vec<u8>) {
        let mask = (0..BUCKETS).fold(0, |mask, bucket| {
            mask | u64::from(self.0[bucket] > 0) << bucket
        });
        varint::put(bytes, mask);
        for count in self.0.iter().filter(|count| **count > 0) {
            varint::put(bytes, u64::from(*count));
        }
    }

    /// Takes counts off the front; `None` if the bytes are not such counts.
    pub(crate) fn take(bytes: &mut &[u8]) -> Option<Self> {
        let mask = varint::take(bytes)?;
        if mask >> BUCKETS != 0 {
            return None;
        }
        let mut counts = [0; BUCKETS];
        for (bucket, count) in counts.iter_mut().enumerate() {
            if mask >> bucket & 1 == 1 {
                *count = u32::try_from(varint::take(bytes)?).ok()?;
            }
        }
        Some(Self(counts))
    }
}

/// Where a bucket begins and ends, in milliseconds.
fn edges(bucket: usize) -> (f64, f64) {
    // A time is at least half a millisecond on a logarithmic scale, and the longest bucket ends as the others do.
    let to = BOUNDS_MS
        .get(bucket)
        .map_or(30_000_000.0, |bound| *bound as f64);
    let from = bucket.checked_sub(1).map_or(0.5, |at| BOUNDS_MS[at] as f64);
    (from, to)
}

/// The waiting and the processing times of a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct MinuteTimes {
    /// How long jobs waited.
    pub(crate) waiting: TimeBuckets,
    /// How long attempts took.
    pub(crate) processing: TimeBuckets,
}

impl MinuteTimes {
    /// No times.
    pub(crate) const EMPTY: Self = Self {
        waiting: TimeBuckets([0; BUCKETS]),
        processing: TimeBuckets([0; BUCKETS]),
    };

    /// Both in a few bytes.
    pub(crate) fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.waiting.put(&mut bytes);
        self.processing.put(&mut bytes);
        bytes
    }

    /// What was packed.
    pub(crate) fn unpack(mut bytes: &[u8]) -> Option<Self> {
        Some(Self {
            waiting: TimeBuckets::take(&mut bytes)?,
            processing: TimeBuckets::take(&mut bytes)?,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(times: impl IntoIterator<Item = u64>) -> TimeBuckets {
        let mut buckets = TimeBuckets::default();
        times.into_iter().for_each(|ms| buckets.add(ms));
        buckets
    }

    #[test]
    fn percentiles_are_within_a_bucket_of_the_truth() {
        let buckets = of(1..=1000);
        for (share, truth) in [(0.5, 500.0), (0.95, 950.0), (0.99, 990.0)] {
            let about = f64::from(buckets.about(share).unwrap());
            assert!(
                about > truth / 3.4 && about < truth * 3.4,
                "{share}: {about}"
            );
        }
        assert_eq!(of([]).about(0.5), None);
        assert!(of([u64::MAX]).about(0.5).unwrap() > 10_000_000.0);
        assert!(of([0]).about(0.99).unwrap() <= 1.0);
    }

    #[test]
    fn buckets_add_up_and_come_back_from_bytes() {
        let mut sum = of([1, 2, 500]);
        sum.plus(&of([500, 100_000_000]));
        assert_eq!(sum, of([1, 2, 500, 500, 100_000_000]));
        let times = MinuteTimes {
            waiting: sum,
            processing: of([7]),
        };
        let packed = times.pack();
        assert!(packed.len() < 16, "{}", packed.len());
        assert_eq!(MinuteTimes::unpack(&packed), Some(times));
        assert_eq!(MinuteTimes::unpack(&packed[..packed.len() - 1]), None);
    }
}
