//! What a queue is: its name under a prefix, and how many jobs it holds in each state.

use std::fmt;
use std::sync::Arc;

use super::job::JobState;

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
}

impl QueueId {
    /// A queue named `name` under `prefix`. The name may hold anything but `:`; the prefix was checked when it was set.
    pub fn new(prefix: &str, name: &str) -> Result<Self, BadQueueName> {
        if name.is_empty() || prefix.is_empty() {
            return Err(BadQueueName::Empty);
        }
        if name.contains(':') {
            return Err(BadQueueName::Colon(name.to_owned()));
        }
        Ok(Self {
            prefix: prefix.into(),
            name: name.into(),
        })
    }

    /// BullMQ's key prefix, `bull` unless the application chose another.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The name as the application gave it, version and all.
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
    /// In the `wait` list, less BullMQ 4's markers.
    pub waiting: u64,
    /// Taken by a worker.
    pub active: u64,
    /// Waiting for their time.
    pub delayed: u64,
    /// Waiting, by priority.
    pub prioritized: u64,
    /// In the `paused` list (BullMQ 4 and 5 move waiting jobs there; 6 leaves them in `wait`).
    pub paused: u64,
    /// Parents whose children have not all finished.
    pub waiting_children: u64,
    /// Finished well and kept.
    pub completed: u64,
    /// Out of attempts and kept.
    pub failed: u64,
}

impl Counts {
    /// How many jobs are in `state`; none are counted as unknown.
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

    /// Jobs that still have to be done: everything but completed and failed.
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

/// Which BullMQ wrote a queue. It is the library's version, not the application's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BullVersion {
    text: Option<String>,
    by_crate: bool,
}

impl BullVersion {
    /// Reads `meta.version` as BullMQ for Node writes it (`bullmq:6.7.0`), and `meta.library`, which is all that its
    /// crate for Rust writes (`bullmq-official:0.1.0`, from 1.4.4).
    pub fn parse(version: Option<&str>, library: Option<&str>) -> Self {
        Self {
            text: version.map(|text| text.rsplit(':').next().unwrap_or(text).to_owned()),
            by_crate: library.is_some_and(|library| library.starts_with("bullmq-official:")),
        }
    }

    /// The version to show, if the queue says one.
    pub fn text(&self) -> Option<&str> {
        match self.by_crate {
            true => self.text.as_deref().or(Some("6 (Rust)")),
            false => self.text.as_deref(),
        }
    }

    /// True where a paused queue keeps its jobs in `wait`: BullMQ 6, and the crate, which has its scripts. A queue that
    /// says neither counts as BullMQ 5, which moves them to `paused`.
    pub fn pauses_in_place(&self) -> bool {
        match &self.text {
            Some(text) => text
                .split('.')
                .next()
                .and_then(|major| major.parse::<u32>().ok())
                .is_some_and(|major| major >= 6),
            None => self.by_crate,
        }
    }
}

/// What one queue looked like at one moment.
#[derive(Debug, Clone)]
pub struct QueueFigures {
    /// Which queue.
    pub queue: QueueId,
    /// Its jobs by state.
    pub counts: Counts,
    /// Whether it is paused: no worker takes a job.
    pub paused: bool,
    /// How many workers are connected; `None` where the Redis user may not ask, which is not "none".
    pub workers: Option<u32>,
    /// When the job that has waited longest was added, in Unix milliseconds.
    pub oldest_waiting: Option<u64>,
    /// Which BullMQ wrote it.
    pub bull_version: BullVersion,
}

impl QueueFigures {
    /// What an operator should look at first, worst first; empty where all is well.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.workers == Some(0) && self.counts.outstanding() > 0 {
            problems.push(Problem::NoWorkers);
        }
        if self.counts.failed > 0 {
            problems.push(Problem::Failed);
        }
        if self.paused {
            problems.push(Problem::Paused);
        }
        problems
    }
}

/// Something about a queue that wants an operator's eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Jobs are outstanding and no worker is connected.
    NoWorkers,
    /// Jobs have failed for good.
    Failed,
    /// The queue is paused.
    Paused,
}

impl Problem {
    /// The words shown for it.
    pub fn label(self) -> &'static str {
        match self {
            Self::NoWorkers => "no workers",
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

    #[test]
    fn a_queue_that_says_no_version_counts_as_bullmq_5_unless_the_crate_wrote_it() {
        let in_place = |version, library| BullVersion::parse(version, library).pauses_in_place();
        assert!(!in_place(None, None));
        assert!(!in_place(Some("bullmq:5.81.0"), Some("bullmq")));
        // The crate's library name alone does not outweigh the version that Node wrote.
        assert!(!in_place(
            Some("bullmq:5.81.0"),
            Some("bullmq-official:0.1.0")
        ));
        assert!(in_place(Some("bullmq:6.7.0"), None));
        assert!(in_place(None, Some("bullmq-official:0.1.0")));
    }
}
