//! Statistics of a bounded sample of a queue's finished jobs: waiting and processing times, failures, and how many of them
//! no option removes.

use super::series::Spread;

/// A job that completed or failed without attempts left, as far as its hash tells. Times are in Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finished {
    /// Whether it failed.
    pub failed: bool,
    /// When it was added.
    pub added: Option<u64>,
    /// The delay it was added with, in milliseconds, from its options. The hash's own `delay` becomes 0 once the job's time
    /// has come (BullMQ 4.18, 5.81, 6.7).
    pub delay: i64,
    /// When a worker last took it.
    pub started: Option<u64>,
    /// When it finished.
    pub finished: Option<u64>,
    /// How many times a worker took it.
    pub starts: u64,
    /// Whether its options remove it some time.
    pub is_removed: bool,
}

impl Finished {
    /// How long it waited for a worker, in milliseconds, after it was added or after its delay ended. `None` if the hash
    /// can't tell: a job taken more than once only keeps its last start, and a job that started before its time was
    /// promoted at an unknown moment. A flow's parent also waited for its children.
    pub fn waited_ms(&self) -> Option<u64> {
        let added = self.added.filter(|_| self.starts == 1)?;
        let due = added.saturating_add(u64::try_from(self.delay).unwrap_or(0));
        self.started?.checked_sub(due)
    }

    /// How long the last attempt took, in milliseconds. `None` if it never began or if clocks went back meanwhile.
    pub fn worked_ms(&self) -> Option<u64> {
        self.finished?.checked_sub(self.started?)
    }
}

/// Statistics of a sample of one queue's finished jobs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FinishedSample {
    /// How many of the newest jobs were sampled.
    pub jobs: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Their waiting times; without samples if no job's hash tells.
    pub waiting: Spread,
    /// The times of their last attempts.
    pub processing: Spread,
    /// For completed and for failed jobs, how many have an option that removes them.
    pub removal: [Sampled; 2],
}

/// How many jobs of a state were sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sampled {
    /// How many were sampled.
    pub jobs: u64,
    /// How many of them have no option that removes them.
    pub never_removed: u64,
}

impl FinishedSample {
    /// The statistics of `jobs`: all of them for removal, the first `newest` for the rest.
    pub fn of(jobs: &[Finished], newest: usize) -> Self {
        let sampled = |failed: bool| Sampled {
            jobs: count(jobs, |job| job.failed == failed),
            never_removed: count(jobs, |job| job.failed == failed && !job.is_removed),
        };
        let first = &jobs[..newest.min(jobs.len())];
        Self {
            jobs: first.len() as u64,
            failed: count(first, |job| job.failed),
            waiting: spread(first.iter().filter_map(Finished::waited_ms).collect()),
            processing: spread(first.iter().filter_map(Finished::worked_ms).collect()),
            removal: [false, true].map(sampled),
        }
    }
}

fn count(jobs: &[Finished], which: impl Fn(&Finished) -> bool) -> u64 {
    jobs.iter().filter(|job| which(job)).count() as u64
}

/// The quantiles of `times`, each one of the times: the smallest that at least so many of a hundred do not exceed.
fn spread(mut times: Vec<u64>) -> Spread {
    times.sort_unstable();
    let at = |of_a_hundred: usize| {
        let rank = (times.len() * of_a_hundred).div_ceil(100);
        times
            .get(rank.saturating_sub(1))
            .map_or(0.0, |time| *time as f32)
    };
    Spread {
        p50_ms: at(50),
        p95_ms: at(95),
        p99_ms: at(99),
        samples: u32::try_from(times.len()).unwrap_or(u32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A job added at 1,000 that a worker took once.
    fn job(delay: i64, started: u64, finished: u64) -> Finished {
        Finished {
            added: Some(1_000),
            delay,
            started: Some(started),
            finished: Some(finished),
            starts: 1,
            ..Finished::default()
        }
    }

    #[test]
    fn a_job_waits_from_its_being_added_or_from_its_delays_end() {
        let again = Finished {
            starts: 2,
            ..job(0, 9_000, 9_500)
        };
        let never_started = Finished {
            started: None,
            starts: 0,
            ..job(0, 0, 2_000)
        };
        let nameless = Finished {
            added: None,
            ..job(0, 1_400, 1_900)
        };
        for (what, job, waited, worked) in [
            ("at once", job(0, 1_000, 1_000), Some(0), Some(0)),
            ("plain", job(0, 1_400, 1_900), Some(400), Some(500)),
            ("delayed", job(5_000, 6_250, 6_300), Some(250), Some(50)),
            (
                "a negative delay",
                job(-5_000, 1_400, 1_900),
                Some(400),
                Some(500),
            ),
            (
                "promoted before its time",
                job(5_000, 2_000, 2_500),
                None,
                Some(500),
            ),
            ("a clock that went back", job(0, 900, 800), None, None),
            ("taken twice", again, None, Some(500)),
            ("failed without a start", never_started, None, None),
            ("without a moment", nameless, None, Some(500)),
        ] {
            assert_eq!(
                (job.waited_ms(), job.worked_ms()),
                (waited, worked),
                "{what}"
            );
        }
    }

    #[test]
    fn quantiles_are_times_of_the_sample() {
        let of = |times: Vec<u64>| {
            let spread = spread(times);
            [
                spread.p50_ms,
                spread.p95_ms,
                spread.p99_ms,
                spread.samples as f32,
            ]
        };
        assert_eq!(of(vec![]), [0.0, 0.0, 0.0, 0.0]);
        assert_eq!(of(vec![7]), [7.0, 7.0, 7.0, 1.0]);
        assert_eq!(of((1..=100).rev().collect()), [50.0, 95.0, 99.0, 100.0]);
        assert_eq!(of((1..=500).collect()), [250.0, 475.0, 495.0, 500.0]);
        assert_eq!(of(vec![1, 1, 1, 900]), [1.0, 900.0, 900.0, 4.0]);
    }

    #[test]
    fn a_sample_counts_completed_and_failed_apart() {
        let kept = job(0, 1_400, 1_900);
        let removed = Finished {
            is_removed: true,
            ..kept.clone()
        };
        let failed = Finished {
            failed: true,
            ..kept.clone()
        };
        let older = Finished {
            started: Some(99_000),
            ..failed.clone()
        };
        let sample = FinishedSample::of(&[kept.clone(), removed, kept, failed, older], 4);
        let sampled = |jobs, never_removed| Sampled {
            jobs,
            never_removed,
        };
        assert_eq!((sample.jobs, sample.failed), (4, 1));
        assert_eq!(sample.waiting.samples, 4);
        assert_eq!(sample.removal, [sampled(3, 2), sampled(2, 2)]);
    }
}
