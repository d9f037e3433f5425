//! About how much of Redis's memory a queue takes: a few jobs of each state are weighed and stand for the others.

use crate::domain::job::JobState;
use crate::domain::queue::Counts;

/// About how much memory a queue takes, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory {
    /// Its event stream.
    pub events: u64,
    /// Lists of its jobs' ids, counters, metrics.
    pub other: u64,
    /// What was weighed of each state: how many jobs, how many bytes.
    samples: [(u64, u64); JobState::KEPT.len()],
    /// The same made up for all jobs of the state.
    scaled: [u64; JobState::KEPT.len()],
}

impl Memory {
    /// Nothing of its jobs is weighed yet.
    pub fn new(events: u64, other: u64) -> Self {
        Self {
            events,
            other,
            ..Self::default()
        }
    }

    /// A job of `state` takes so many bytes.
    pub fn weighed(&mut self, state: JobState, bytes: u64) {
        if let Some(place) = JobState::KEPT.iter().position(|kept| *kept == state) {
            let (jobs, sum) = &mut self.samples[place];
            *jobs += 1;
            *sum = sum.saturating_add(bytes);
        }
    }

    /// Takes the jobs that were weighed for all the others of their states.
    pub fn scale(&mut self, counts: &Counts) {
        for (at, state) in JobState::KEPT.into_iter().enumerate() {
            let (jobs, sum) = self.samples[at];
            let all = u128::from(sum) * u128::from(counts.of(state)) / u128::from(jobs.max(1));
            self.scaled[at] = u64::try_from(all).unwrap_or(u64::MAX);
        }
    }

    /// What the jobs of `state` take.
    pub fn of(&self, state: JobState) -> u64 {
        let place = JobState::KEPT.iter().position(|kept| *kept == state);
        place.map_or(0, |place| self.scaled[place])
    }

    /// What all jobs take.
    pub fn jobs(&self) -> u64 {
        self.scaled
            .iter()
            .fold(0, |sum, bytes| sum.saturating_add(*bytes))
    }

    /// All of it.
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
