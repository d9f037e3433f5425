//! What is stored of one queue for one stretch of time.

use super::point::{Coverage, HistoryPoint};
use crate::domain::stats::buckets::{MinuteTimes, TimeBuckets};
use crate::domain::stats::series::{Minute, Spread};

/// What happened in one queue, or in several together, during a minute or longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    /// How much of it is known. With [`Coverage::Nothing`] the counts of events say nothing.
    pub(crate) coverage: Coverage,
    pub(crate) added: u64,
    pub(crate) completed: u64,
    pub(crate) failed: u64,
    /// Outstanding jobs and workers at the last reading.
    pub(crate) outstanding: Option<u64>,
    pub(crate) workers: Option<u64>,
    pub(crate) times: MinuteTimes,
}

impl Slot {
    /// Nothing happened, and nobody counted.
    pub(crate) const QUIET: Self = Self {
        coverage: Coverage::Whole,
        added: 0,
        completed: 0,
        failed: 0,
        outstanding: None,
        workers: None,
        times: MinuteTimes::EMPTY,
    };

    /// Nobody knows what happened.
    pub(crate) const UNKNOWN: Self = Self {
        coverage: Coverage::Nothing,
        ..Self::QUIET
    };

    /// A minute whose events were followed.
    pub(crate) fn of_minute(minute: &Minute, times: MinuteTimes) -> Self {
        Self {
            coverage: match minute.has_hole {
                true => Coverage::Part,
                false => Coverage::Whole,
            },
            added: minute.added.map_or(0, u64::from),
            completed: minute.finished.map_or(0, u64::from),
            failed: minute.failed.map_or(0, u64::from),
            outstanding: minute.outstanding.map(u64::from),
            workers: None,
            times,
        }
    }

    /// Whether it says more than that something may have happened.
    pub(crate) fn says_something(&self) -> bool {
        self.coverage == Coverage::Whole || self.events() > 0
    }

    /// How many events are counted in it.
    pub(crate) fn events(&self) -> u64 {
        let sum = self.added.saturating_add(self.completed);
        sum.saturating_add(self.failed)
    }

    /// Whether more is known in this one than in another of the same time: the one that knows more is kept.
    pub(crate) fn knows_no_less_than(&self, other: &Self) -> bool {
        (self.coverage.rank(), self.events()) >= (other.coverage.rank(), other.events())
    }

    /// Adds a later stretch of time of the same queues.
    pub(crate) fn then(&mut self, later: &Self) {
        self.add_events(later);
        self.outstanding = later.outstanding.or(self.outstanding);
        self.workers = later.workers.or(self.workers);
    }

    /// Adds other queues in the same time.
    pub(crate) fn beside(&mut self, other: &Self) {
        self.add_events(other);
        self.outstanding = sum_of(self.outstanding, other.outstanding);
        self.workers = sum_of(self.workers, other.workers);
    }

    fn add_events(&mut self, other: &Self) {
        self.coverage = self.coverage.with(other.coverage);
        self.added = self.added.saturating_add(other.added);
        self.completed = self.completed.saturating_add(other.completed);
        self.failed = self.failed.saturating_add(other.failed);
        self.times.waiting.plus(&other.times.waiting);
        self.times.processing.plus(&other.times.processing);
    }

    /// The point of a chart that begins then.
    pub(crate) fn point(&self, start_ms: u64) -> HistoryPoint {
        let known = self.coverage != Coverage::Nothing;
        HistoryPoint {
            start_ms,
            coverage: self.coverage,
            added: known.then_some(self.added),
            completed: known.then_some(self.completed),
            failed: known.then_some(self.failed),
            outstanding: self.outstanding,
            workers: self.workers,
            waiting: spread(&self.times.waiting),
            processing: spread(&self.times.processing),
        }
    }
}

impl Coverage {
    /// The more is known, the higher.
    pub(crate) fn rank(self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Part => 1,
            Self::Whole => 2,
        }
    }

    /// The coverage with this rank.
    pub(crate) fn of_rank(rank: u8) -> Option<Self> {
        [Self::Nothing, Self::Part, Self::Whole]
            .into_iter()
            .find(|coverage| coverage.rank() == rank)
    }

    /// How much is known of both together.
    pub(crate) fn with(self, other: Self) -> Self {
        match self == other {
            true => self,
            false => Self::Part,
        }
    }
}

fn sum_of(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (one, other) => one.or(other),
    }
}

/// About the distribution of the times in these buckets.
fn spread(buckets: &TimeBuckets) -> Option<Spread> {
    Some(Spread {
        p50_ms: buckets.about(0.5)?,
        p95_ms: buckets.about(0.95)?,
        p99_ms: buckets.about(0.99)?,
        samples: u32::try_from(buckets.samples()).unwrap_or(u32::MAX),
    })
}
