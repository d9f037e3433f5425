//! What a search tells with each step: the jobs that it found, how far it is, and why it ended.

use std::time::Duration;

use super::cursor::SearchCursor;
use crate::domain::job::JobState;
use crate::domain::job::cursor::PlacedJob;
use crate::domain::queue::QueueId;
use crate::service::error::ServiceError;

/// A job that matches.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its queue.
    pub queue: QueueId,
    /// The state that listed it.
    pub state: JobState,
    /// Its place there.
    pub place: PlacedJob,
}

/// How far a search is.
#[derive(Debug, Clone, Default)]
pub struct SearchProgress {
    /// How many jobs match.
    pub found: u64,
    /// How many jobs were looked at, those before the cursor included.
    pub looked_at: u64,
    /// How many there were when the search began.
    pub total: u64,
    /// How many could not be judged, since what the query asks about can't be read.
    pub unreadable: u64,
    /// How many could not be judged, since what the query asks about is too large.
    pub too_large: u64,
    /// How many queues have jobs to look at.
    pub queues: usize,
    /// Where it is.
    pub at: Option<(QueueId, JobState)>,
    /// Queues that were left out, and why: the first ones.
    pub skipped: Vec<(QueueId, &'static str)>,
    /// How many queues were left out.
    pub skipped_queues: usize,
    /// How long it took up to here.
    pub took: Duration,
    /// How many jobs were looked at before the cursor.
    pub(super) before: u64,
}

impl SearchProgress {
    /// Jobs looked at per second.
    pub fn speed(&self) -> u64 {
        let here = self.looked_at.saturating_sub(self.before) as f64;
        (here / self.took.as_secs_f64().max(0.001)) as u64
    }
}

/// Why a search ended.
#[derive(Debug, Clone)]
pub enum SearchEnd {
    /// It looked at all jobs.
    Whole,
    /// It found as many jobs as it may find at once; here it goes on.
    Found(SearchCursor),
    /// It looked at as many jobs as it may look at at once.
    LookedAt(SearchCursor),
    /// It ran for as long as it may run at once.
    Time(SearchCursor),
    /// It failed; what was found stands, and here it goes on.
    Failed(ServiceError, Option<SearchCursor>),
}

impl SearchEnd {
    /// Where it goes on, unless it looked at all.
    pub fn cursor(&self) -> Option<&SearchCursor> {
        match self {
            Self::Whole => None,
            Self::Found(cursor) | Self::LookedAt(cursor) | Self::Time(cursor) => Some(cursor),
            Self::Failed(_, cursor) => cursor.as_ref(),
        }
    }
}

/// What a search tells at once.
#[derive(Debug, Clone)]
pub struct SearchStep {
    /// The jobs found since the step before.
    pub found: Vec<Found>,
    /// How far it is.
    pub progress: SearchProgress,
    /// Where a search goes on that breaks off here; `None` once it looked at all.
    pub cursor: Option<SearchCursor>,
    /// Set in the last step.
    pub end: Option<SearchEnd>,
}
