//! What happened in a queue since this process follows its events. Unlike a series, nothing of it ever shrinks.

use super::histogram::JobTimes;
use super::latency::LatencySample;
use crate::domain::job::JobState;
use crate::domain::queue::event::EventKind;

/// Counters of a queue's events: 248 bytes. Events that were missed are not in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueTotals {
    /// Jobs added.
    pub added: u64,
    /// Jobs completed.
    pub completed: u64,
    /// Jobs failed without attempts left.
    pub failed: u64,
    /// How long jobs waited until a worker took them, for those whose wait was followed.
    pub waiting: JobTimes,
    /// How long attempts took, for those that were followed.
    pub processing: JobTimes,
}

impl QueueTotals {
    /// Counts an event, and the time that it measures.
    pub(crate) fn note(&mut self, event: EventKind, measured: Option<LatencySample>) {
        match event {
            EventKind::Added => self.added += 1,
            EventKind::Entered(JobState::Completed) => self.completed += 1,
            EventKind::Entered(JobState::Failed) => self.failed += 1,
            _ => {}
        }
        match measured {
            Some(LatencySample::WaitedMs(millis)) => self.waiting.observe(millis),
            Some(LatencySample::WorkedMs(millis)) => self.processing.observe(millis),
            None => {}
        }
    }

    /// Adds by how much `now` exceeds `before`.
    pub(crate) fn grow(&mut self, before: &Self, now: &Self) {
        self.added += now.added.saturating_sub(before.added);
        self.completed += now.completed.saturating_sub(before.completed);
        self.failed += now.failed.saturating_sub(before.failed);
        self.waiting.grow(&before.waiting, &now.waiting);
        self.processing.grow(&before.processing, &now.processing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_queues_take_few_megabytes() {
        assert_eq!(size_of::<QueueTotals>(), 248);
    }

    #[test]
    fn events_and_the_times_that_they_measure_are_counted() {
        let mut totals = QueueTotals::default();
        totals.note(EventKind::Added, None);
        totals.note(
            EventKind::Entered(JobState::Active),
            Some(LatencySample::WaitedMs(30)),
        );
        totals.note(
            EventKind::Entered(JobState::Failed),
            Some(LatencySample::WorkedMs(70)),
        );
        totals.note(EventKind::Progress, None);
        assert_eq!((totals.added, totals.completed, totals.failed), (1, 0, 1));
        assert_eq!(totals.waiting.reading().sum, 0.03);
        assert_eq!(totals.processing.reading().sum, 0.07);
        let mut sum = QueueTotals::default();
        sum.grow(&QueueTotals::default(), &totals);
        assert_eq!(sum, totals);
    }
}
