//! Estimates the Redis memory of a queue: a few jobs of each state are measured and stand for the others.

use crate::domain::job::JobState;
use crate::domain::queue::Counts;

/// The estimated memory of a queue, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory {
    /// Its event stream.
    pub events: u64,
    /// The lists of its jobs' ids, counters, and metrics.
    pub other: u64,
    /// The measured jobs of each state: their number and their bytes.
    samples: [(u64, u64); JobState::KEPT.len()],
    /// The bytes scaled up to all jobs of the state.
    scaled: [u64; JobState::KEPT.len()],
}

impl Memory {
    /// An estimate without measured jobs.
    pub fn new(events: u64, other: u64) -> Self {
        Self {
            events,
            other,
            ..Self::default()
        }
    }

    /// Adds a measured job of `state`.
    pub fn weighed(&mut self, state: JobState, bytes: u64) {
        if let Some(place) = JobState::KEPT.iter().position(|kept| *kept == state) {
            let (jobs, sum) = &mut self.samples[place];
            *jobs += 1;
            *sum = sum.saturating_add(bytes);
        }
    }

    /// Scales the measured jobs up to all jobs of their states.
    pub fn scale(&mut self, counts: &Counts) {
        for (at, state) in JobState::KEPT.into_iter().enumerate() {
            let (jobs, sum) = self.samples[at];
            let all = u128::from(sum) * u128::from(counts.of(state)) / u128::from(jobs.max(1));
            self.scaled[at] = u64::try_from(all).unwrap_or(u64::MAX);
        }
    }

    /// The bytes of all jobs of `state`.
    pub fn of(&self, state: JobState) -> u64 {
        let place = JobState::KEPT.iter().position(|kept| *kept == state);
        place.map_or(0, |place| self.scaled[place])
    }

    /// The bytes of all jobs.
    pub fn jobs(&self) -> u64 {
        self.scaled
            .iter()
            .fold(0, |sum, bytes| sum.saturating_add(*bytes))
    }

    /// The bytes of everything.
    pub fn total(&self) -> u64 {
        self.jobs()
            .saturating_add(self.events)
            .saturating_add(self.other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_jobs_that_were_weighed_stand_for_all_of_their_state() {
        let mut memory = Memory::new(50, 7);
        for bytes in [100, 300] {
            memory.weighed(JobState::Waiting, bytes);
        }
        memory.weighed(JobState::Failed, 1_000);
        memory.scale(&Counts {
            waiting: 10,
            failed: 3,
            delayed: 4,
            ..Counts::default()
        });
        assert_eq!(memory.of(JobState::Waiting), 2_000);
        assert_eq!(memory.of(JobState::Failed), 3_000);
        assert_eq!(memory.of(JobState::Delayed), 0, "none could be weighed");
        assert_eq!((memory.jobs(), memory.total()), (5_000, 5_057));
    }
}
