//! Finds a job's state in the sorted sets, the active list and the lock.

use redis::{Pipeline, Value};

use crate::domain::job::{JobId, JobPart, JobState};
use crate::domain::queue::QueueId;
use crate::store::bullmq::keys;
use crate::store::connection::reply;

/// The sorted sets that a job may be in, with the state of each.
const SORTED_STATES: [JobState; 5] = [
    JobState::Delayed,
    JobState::Prioritized,
    JobState::WaitingChildren,
    JobState::Completed,
    JobState::Failed,
];

/// A delayed job's score is its time in milliseconds × 4096 plus a counter (4.18 to 6.7).
const DELAY_SCALE: f64 = 4096.0;

/// When a delayed job with this score is due, Unix milliseconds.
pub(crate) fn due(score: f64) -> u64 {
    (score / DELAY_SCALE) as u64
}

/// What the sorted sets, the active list and the lock say about a job.
pub(crate) struct JobLocation {
    /// Whether the key of a state has another type.
    wrong_type: bool,
    pub(crate) state: JobState,
    pub(crate) locked: bool,
    pub(crate) due: Option<u64>,
}

pub(crate) fn ask_standing(pipeline: &mut Pipeline, queue: &QueueId, id: &JobId) {
    for state in SORTED_STATES {
        pipeline
            .cmd("ZSCORE")
            .arg(keys::of_state(queue, state))
            .arg(id.as_str());
    }
    pipeline
        .cmd("LPOS")
        .arg(keys::of_state(queue, JobState::Active))
        .arg(id.as_str());
    pipeline
        .cmd("EXISTS")
        .arg(keys::beside_job(queue, id, "lock"));
}

impl JobLocation {
    pub(crate) fn unreadable(&self) -> Vec<JobPart> {
        match self.wrong_type {
            true => vec![JobPart::State],
            false => Vec::new(),
        }
    }

    pub(crate) fn read(answers: &mut impl Iterator<Item = Value>) -> Self {
        let mut standing = Self {
            wrong_type: false,
            state: JobState::Unknown,
            locked: false,
            due: None,
        };
        for state in SORTED_STATES {
            let score = answers.next().unwrap_or_default();
            standing.wrong_type |= reply::is_wrong_type(&score);
            if let Some(score) = reply::score(score) {
                standing.state = state;
                if state == JobState::Delayed {
                    standing.due = Some(due(score));
                }
            }
        }
        let active = answers.next().unwrap_or_default();
        standing.wrong_type |= reply::is_wrong_type(&active);
        if matches!(active, Value::Int(_)) {
            standing.state = JobState::Active;
        }
        standing.locked = answers
            .next()
            .is_some_and(|lock| reply::is_something(&lock));
        standing
    }
}
