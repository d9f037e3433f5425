//! A pair of jobs, one of each version.

use crate::domain::job::{JobId, JobState};
use crate::domain::stats::finished_jobs::Finished;

/// A job with the figures that are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The job's id.
    pub id: JobId,
    /// Its state: completed, failed, or unknown for a job that has not finished.
    pub state: JobState,
    /// Its times.
    pub times: Finished,
    /// Attempts made.
    pub attempts: u64,
    /// The size of its data, in bytes.
    pub data_size: u64,
    /// The size in bytes of its return value or its failure's text.
    pub result_size: u64,
    /// The first line of its failure's text; empty if it did not fail or the text is long.
    pub reason: String,
}

impl Ran {
    /// Whether it has finished.
    pub fn is_finished(&self) -> bool {
        matches!(self.state, JobState::Completed | JobState::Failed)
    }
}

/// The key that a job is paired by, and its text on pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PairKey {
    pub(super) value: Vec<u8>,
    /// The text on pages: an id, or the compact JSON of a value.
    pub label: String,
}

/// Two jobs with the same key, or one without a counterpart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The shared key, as text on pages.
    pub label: String,
    /// The first version's job.
    pub a: Option<Ran>,
    /// The second version's job.
    pub b: Option<Ran>,
}
