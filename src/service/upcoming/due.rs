//! What was found of what is to come, and how long it is kept.

use std::sync::Arc;

use crate::cache::{Cache, as_it_cost};
use crate::domain::access::scope::Scope;
use crate::domain::queue::QueueId;
use crate::domain::queue::queue_set::QueueSet;
use crate::domain::schedulers::scheduler::Scheduler;
use crate::domain::upcoming::window::{Buckets, Window};
use crate::service::live::snapshot::VersionFigures;
use crate::store::error::StoreError;

/// For how many scopes, windows and pages results are kept.
const KEPT: usize = 128;

/// How many rows each table has at most.
pub(crate) const MOST_ROWS: usize = 100;

/// The kept results.
#[derive(Debug)]
pub(crate) struct UpcomingReadings(
    pub(super) Cache<(Scope, QueueSet, Window), Arc<Upcoming>, StoreError>,
);

impl Default for UpcomingReadings {
    fn default() -> Self {
        Self(Cache::new(KEPT, as_it_cost))
    }
}

/// What is to come in a window.
#[derive(Debug)]
pub(crate) struct Upcoming {
    /// The parts of the window; it begins when this was read.
    pub(crate) buckets: Buckets,
    /// The delayed jobs.
    pub(crate) delayed: DelayedDue,
    /// The runs of schedulers.
    pub(crate) runs: RunsDue,
}

/// The delayed jobs that come due in a window.
#[derive(Debug)]
pub(crate) struct DelayedDue {
    /// How many are due in each part of the window.
    pub(crate) parts: Vec<u64>,
    /// The queues that have some of them, those with the most first.
    pub(crate) queues: Rows<QueueDue>,
    /// The queues with jobs that were due and that no worker took, those with the most first.
    pub(crate) late: Rows<QueueLate>,
    /// How many jobs are late in all queues that were looked at.
    pub(crate) late_jobs: u64,
    /// How many queues were not looked at, and how many delayed jobs they have.
    pub(crate) left_out: (usize, u64),
    /// How many delayed jobs the queues have in all, as counted last.
    pub(crate) all: u64,
}

/// What comes due in a queue.
#[derive(Debug)]
pub(crate) struct QueueDue {
    pub(crate) queue: QueueId,
    /// How many jobs are due in the window.
    pub(crate) jobs: u64,
    /// The first part of the window in which one is due, and the part with the most.
    pub(crate) first: usize,
    pub(crate) busiest: usize,
    /// How many are due in that part.
    pub(crate) most: u64,
}

/// What was due in a queue and is not taken.
#[derive(Debug)]
pub(crate) struct QueueLate {
    pub(crate) version: Arc<VersionFigures>,
    /// How many jobs.
    pub(crate) jobs: u64,
    /// Since when the first one is due, in Unix milliseconds, as counted last.
    pub(crate) since: Option<u64>,
}

/// The runs of schedulers in a window.
#[derive(Debug, Default)]
pub(crate) struct RunsDue {
    /// How many runs there are in each part of the window whose jobs are not stored yet.
    pub(crate) parts: Vec<u64>,
    /// The schedulers that run in the window, the soonest first.
    pub(crate) schedulers: Rows<SchedulerDue>,
    /// The schedulers whose next run is past, or that have no job to go on with; the longest past first.
    pub(crate) late: Rows<Arc<Scheduler>>,
    /// Of how many schedulers not all runs were counted.
    pub(crate) in_part: usize,
    /// Of how many only the next run is known.
    pub(crate) unknown: usize,
    /// How many schedulers were not read.
    pub(crate) left_out: u64,
}

/// A scheduler that runs in the window.
#[derive(Debug)]
pub(crate) struct SchedulerDue {
    pub(crate) scheduler: Arc<Scheduler>,
    /// How many runs.
    pub(crate) runs: u64,
    /// Whether there may be more.
    pub(crate) or_more: bool,
}

/// The first rows of a table, and how many more there are.
#[derive(Debug)]
pub(crate) struct Rows<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) more: usize,
}

// By hand, since the derived one would ask the same of `T`.
impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            more: 0,
        }
    }
}

impl<T> Rows<T> {
    pub(super) fn first_of(mut all: Vec<T>) -> Self {
        let more = all.len().saturating_sub(MOST_ROWS);
        all.truncate(MOST_ROWS);
        Self { rows: all, more }
    }
}
