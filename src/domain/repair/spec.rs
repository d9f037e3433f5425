//! What a repair of many jobs is: which jobs, the change, and what was reviewed.

use base16ct::lower::encode_string;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::change::ChangeSpec;
use crate::domain::job::JobState;
use crate::domain::job::filter::JobFilter;
use crate::domain::queue::QueueId;

/// The states in which jobs can be repaired: a worker keeps the data of an active job that it started with.
pub(crate) const REPAIRABLE: [JobState; 6] = [
    JobState::Waiting,
    JobState::Prioritized,
    JobState::Delayed,
    JobState::WaitingChildren,
    JobState::Failed,
    JobState::Completed,
];

/// A repair of the jobs that a filter finds. Kept as JSON in a run's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairSpec {
    /// Which jobs.
    pub filter: JobFilter,
    /// The change.
    pub change: ChangeSpec,
    /// Whether each job is retried in the same step.
    #[serde(default)]
    pub retry: bool,
    /// What the schemas and policies for the queue were when it was reviewed, as a digest.
    #[serde(default)]
    pub rules: String,
}

impl RepairSpec {
    /// Names what was reviewed: the queue, the jobs, the change, and the rules. Another name says that something differs.
    pub fn reviewed(&self, queue: &QueueId) -> String {
        let parts = (queue.prefix(), queue.name(), self);
        // Texts and numbers can always be written.
        let text = serde_json::to_vec(&parts).unwrap_or_default();
        encode_string(&Sha256::digest(text))
    }

    /// Whether it can be meant, or what is wrong.
    pub(crate) fn check(&self) -> Result<(), String> {
        let states = self.filter.kept_states();
        if states.is_empty() {
            return Err("No state is selected that the query can match.".to_owned());
        }
        let repairable =
            |state: &JobState| REPAIRABLE.contains(state) || *state == JobState::Paused;
        if let Some(state) = states.iter().find(|state| !repairable(state)) {
            return Err(format!("Jobs that are {state} can’t be repaired."));
        }
        let retriable = |state: &JobState| matches!(state, JobState::Failed | JobState::Completed);
        if self.retry && !states.iter().all(retriable) {
            return Err("Only failed and completed jobs can be retried with their repair. Select these states alone, or don’t retry.".to_owned());
        }
        self.filter.check()?;
        self.change.ready().map(drop)
    }

    /// In our words: `failed jobs that match …: convert /amount to number, then retry`.
    pub fn words(&self) -> String {
        let retried = if self.retry { ", then retry" } else { "" };
        format!("{}: {}{retried}", self.filter.words(), self.change.words())
    }
}
