//! A queue: its name under a prefix, and its number of jobs in each state.

pub(crate) mod bullmq_version;
pub(crate) mod event;
pub mod queue_set;
pub(crate) mod stream_cursor;

use std::fmt;
use std::sync::Arc;

use super::job::JobState;
use bullmq_version::BullmqVersion;

/// A queue: BullMQ's prefix and name. Cheap to clone; ordered by prefix, then name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueueId {
    prefix: Arc<str>,
    name: Arc<str>,
}

/// Why a text can't be the name of a queue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadQueueName {
    /// BullMQ refuses an empty name.
    #[error("a queue's name may not be empty")]
    Empty,
    /// BullMQ refuses `:`, which separates the parts of its keys (measured on 4.18, 5.81 and 6.7).
    #[error("a queue's name may not hold a colon: {0:?}")]
    Colon(String),
    /// A longer name would fit in no address, and a page of many queues would take megabytes for each.
    #[error("a queue's name may have {LONGEST_NAME} bytes at most, and this one has {0}")]
    TooLong(usize),
}

/// The longest name of a queue, in bytes. Encoded, it fits in an address together with a job's id.
const LONGEST_NAME: usize = 8 * 1024;

impl QueueId {
    /// A queue named `name` under `prefix`. The name may hold anything but `:`. The prefix was checked with the settings.
    pub fn new(prefix: &str, name: &str) -> Result<Self, BadQueueName> {
        if name.is_empty() || prefix.is_empty() {
            return Err(BadQueueName::Empty);
        }
        if name.contains(':') {
            return Err(BadQueueName::Colon(name.to_owned()));
        }
        if name.len() > LONGEST_NAME {
            return Err(BadQueueName::TooLong(name.len()));
        }
        Ok(Self {
            prefix: prefix.into(),
            name: name.into(),
        })
    }

    /// BullMQ's key prefix; `bull` unless the application chose another.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The whole name as the application gave it, with the version.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for QueueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for QueueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.prefix, self.name)
    }
}

/// How many jobs a queue holds in each state, at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// In the `wait` list, without BullMQ 4's markers.
    pub waiting: u64,
    /// Being processed by a worker.
    pub active: u64,
    /// Waiting until their time has come.
    pub delayed: u64,
    /// Waiting in line by priority.
    pub prioritized: u64,
    /// In the `paused` list (BullMQ 4 and 5 move waiting jobs there; 6 leaves them in `wait`).
    pub paused: u64,
    /// Parents whose children have not all finished.
    pub waiting_children: u64,
    /// Completed and kept.
    pub completed: u64,
    /// Failed, without attempts left, and kept.
    pub failed: u64,
}

impl Counts {
    /// How many jobs are in `state`; 0 for unknown.
    pub fn of(&self, state: JobState) -> u64 {
        match state {
            JobState::Waiting => self.waiting,
            JobState::Active => self.active,
            JobState::Delayed => self.delayed,
            JobState::Prioritized => self.prioritized,
            JobState::Paused => self.paused,
            JobState::WaitingChildren => self.waiting_children,
            JobState::Completed => self.completed,
            JobState::Failed => self.failed,
            JobState::Unknown => 0,
        }
    }

    /// Jobs that still have to be processed: all but completed and failed.
    pub fn outstanding(&self) -> u64 {
        self.waiting
            + self.active
            + self.delayed
            + self.prioritized
            + self.paused
            + self.waiting_children
    }

    /// The sum of both, state by state.
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            waiting: self.waiting + other.waiting,
            active: self.active + other.active,
            delayed: self.delayed + other.delayed,
            prioritized: self.prioritized + other.prioritized,
            paused: self.paused + other.paused,
            waiting_children: self.waiting_children + other.waiting_children,
            completed: self.completed + other.completed,
            failed: self.failed + other.failed,
        }
    }
}

/// When the first and the last delayed job of a queue are due, in Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DelayedSpan {
    /// When the first one is due.
    pub next: u64,
    /// When the last one is due. The queue can't be drained before.
    pub last: u64,
}

/// The figures of one queue at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueFigures {
    /// The queue.
    pub queue: QueueId,
    /// The number of jobs in each state.
    pub counts: Counts,
    /// Whether it is paused, so that no worker takes a job.
    pub paused: bool,
    /// How many workers are connected; `None` (which is not 0) if Bullkeeper can't tell.
    pub workers: Option<u32>,
    /// Whether the workers are unknown because Redis names none, although one was at work a moment ago.
    pub unnamed_workers: bool,
    /// When that worker last looked for stalled jobs, in Unix milliseconds of its clock; `None` if it does not say.
    pub worker_seen: Option<u64>,
    /// When the job that has waited longest was added, in Unix milliseconds.
    pub oldest_waiting: Option<u64>,
    /// When its delayed jobs are due; `None` if there are none.
    pub delayed_span: Option<DelayedSpan>,
    /// The BullMQ version that wrote it.
    pub bull_version: BullmqVersion,
    /// Whether its event stream keeps events (`opts.maxLenEvents` is not 0).
    pub keeps_events: bool,
}

impl QueueFigures {
    /// Whether jobs are outstanding and no worker is connected. Unknown workers do not count as none.
    pub fn is_stranded(&self) -> bool {
        self.workers == Some(0) && self.counts.outstanding() > 0
    }

    /// How many jobs a pause holds back where they waited: BullMQ 6 leaves them there, while 4 and 5 take them to the `paused`
    /// list, where they are counted.
    pub fn held_in_waiting(&self) -> u64 {
        match self.paused {
            true => self.counts.waiting,
            false => 0,
        }
    }

    /// How many jobs are in `state`; those that a pause holds back are paused, wherever they are kept.
    pub fn count_of(&self, state: JobState) -> u64 {
        match state {
            JobState::Paused => self.counts.paused + self.held_in_waiting(),
            state => self.counts.of(state),
        }
    }

    /// Which major paused the queue, where the one that opened it last keeps a paused queue's jobs elsewhere: some resumes then
    /// lose jobs.
    pub fn paused_by_another(&self) -> Option<PausedBy> {
        match (self.paused, self.bull_version.pauses_in_place()) {
            (true, true) if self.counts.paused > 0 => Some(PausedBy::FourOrFive),
            (true, false) if self.counts.waiting > 0 => Some(PausedBy::Six),
            _ => None,
        }
    }

    /// The problems that an operator should look at, worst first.
    pub fn problems(&self) -> Vec<QueueProblem> {
        let mut problems = Vec::new();
        if self.is_stranded() {
            problems.push(QueueProblem::Stranded);
        }
        if self.counts.failed > 0 {
            problems.push(QueueProblem::Failed);
        }
        if self.paused {
            problems.push(QueueProblem::Paused);
        }
        problems
    }
}

/// The BullMQ that paused a queue, recognised by the list that its jobs wait in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PausedBy {
    /// The jobs are in `paused`.
    FourOrFive,
    /// The jobs are in `wait`.
    Six,
}

impl PausedBy {
    /// What can go wrong and what to do.
    pub fn words(self) -> &'static str {
        match self {
            Self::FourOrFive => {
                "BullMQ 4 or 5 paused this queue, and BullMQ 6 uses it now. Resume it with BullMQ 6, which keeps every job: \
                 resuming with BullMQ 4 or 5 loses the jobs that BullMQ 6 added during the pause."
            }
            Self::Six => {
                "BullMQ 6 paused this queue, and BullMQ 4 or 5 uses it now. Resume it with BullMQ 6, which keeps every job: \
                 adding a job and resuming with BullMQ 4 or 5 loses the jobs that waited before."
            }
        }
    }
}

/// A problem of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueProblem {
    /// Jobs are outstanding and no worker is connected.
    Stranded,
    /// Jobs have failed, without attempts left.
    Failed,
    /// The queue is paused.
    Paused,
}

impl QueueProblem {
    /// The words on pages.
    pub fn label(self) -> &'static str {
        match self {
            Self::Stranded => "stranded",
            Self::Failed => "failed jobs",
            Self::Paused => "paused",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_name_may_hold_anything_but_a_colon() {
        for name in ["email/v2", "spaces ü ?#%[a]{b}", "<b>", "%2F", "."] {
            assert!(QueueId::new("bull", name).is_ok(), "{name}");
        }
        assert_eq!(
            QueueId::new("bull", "a:b"),
            Err(BadQueueName::Colon("a:b".into()))
        );
        assert_eq!(QueueId::new("bull", ""), Err(BadQueueName::Empty));
    }
}
