//! Two jobs that belong together, one of each version.

use crate::domain::job::{JobId, JobState};
use crate::domain::stats::finished_jobs::Finished;

/// A job as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The job's id.
    pub id: JobId,
    /// Where it stands: completed, failed, or unknown for a job that has not finished.
    pub state: JobState,
    /// Its times.
    pub times: Finished,
    /// Attempts made.
    pub attempts: u64,
    /// The size of its data, in bytes.
    pub data_size: u64,
    /// The size of what it came to, in bytes: its return value, or why it failed.
    pub result_size: u64,
    /// The first line of why it failed; empty where it did not, or the text is long.
    pub reason: String,
}

impl Ran {
    /// Whether it has finished.
    pub fn is_finished(&self) -> bool {
        matches!(self.state, JobState::Completed | JobState::Failed)
    }
}

/// What a job is paired by, and how that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PairKey {
    pub(super) value: Vec<u8>,
    /// For people: an id, or the compact JSON of a value.
    pub label: String,
}

/// Two jobs that belong together, or one without its other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// What they have in common, for people.
    pub label: String,
    /// The first version's job.
    pub a: Option<Ran>,
    /// The second version's job.
    pub b: Option<Ran>,
}
