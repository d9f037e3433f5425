//! A scheduler as it is stored, and how it stands.

use chrono_tz::Tz;

use super::cron::fields::Dialect;
use super::cron::{Cron, zone_of};
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;

/// The id of a scheduler in its queue; of a repeatable job, its key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SchedulerId(String);

impl SchedulerId {
    /// Accepts any text that is not empty.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        (!text.is_empty()).then_some(Self(text))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What made an entry among a queue's schedulers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchedulerKind {
    /// A job scheduler of BullMQ 5 or 6.
    Scheduler,
    /// A repeatable job of BullMQ 4 or 5.
    Legacy,
    /// Only its id is left.
    Unknown,
}

/// When a scheduler's jobs are due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// By a cron pattern.
    Pattern {
        /// The pattern.
        pattern: String,
        /// Its time zone; without one it is that of the worker's process.
        zone: Option<String>,
    },
    /// Again after so many milliseconds.
    Every(u64),
    /// It is not stored, or can't be read.
    Unknown,
}

/// The job that a scheduler made last, and which makes the next one when a worker takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingJob {
    /// Its id.
    pub id: JobId,
    /// Its state; waiting for both the lists of waiting jobs. `None` if there is no such job.
    pub state: Option<JobState>,
}

impl PendingJob {
    /// Whether no worker took it yet.
    pub fn is_waiting(&self) -> bool {
        let taken = [JobState::Active, JobState::Completed, JobState::Failed];
        self.state.is_some_and(|state| !taken.contains(&state))
    }
}

/// How a scheduler stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its next job comes.
    Scheduled,
    /// A worker has its job.
    Running,
    /// Its job was due so many milliseconds ago, and no worker took it.
    Late(u64),
    /// Its limit is reached, or its end has come.
    Ended,
    /// It has no job that would make the next one, so it does not go on.
    Stuck,
}

impl Standing {
    /// The word on pages and in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Late(_) => "late",
            Self::Ended => "ended",
            Self::Stuck => "stuck",
        }
    }

    /// The rank in lists: what needs a look first.
    pub fn urgency(self) -> u8 {
        match self {
            Self::Stuck => 0,
            Self::Late(_) => 1,
            Self::Running | Self::Scheduled => 2,
            Self::Ended => 3,
        }
    }
}

/// A job counts as late only so many milliseconds after it was due: a worker may take a moment.
pub(crate) const LATE_AFTER: u64 = 10_000;

/// A scheduler, or a repeatable job of BullMQ 4 or 5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduler {
    /// Its queue.
    pub queue: QueueId,
    /// Its id.
    pub id: SchedulerId,
    /// What made it.
    pub kind: SchedulerKind,
    /// The cron-parser of its queue's BullMQ.
    pub dialect: Dialect,
    /// The name of its jobs.
    pub name: String,
    /// When its jobs are due.
    pub schedule: Schedule,
    /// By how many milliseconds an interval is shifted.
    pub offset: u64,
    /// When its next job is due, in Unix milliseconds.
    pub next: u64,
    /// Before this it does not run, in Unix milliseconds.
    pub start: Option<u64>,
    /// After this it does not run, in Unix milliseconds.
    pub end: Option<u64>,
    /// How many jobs it makes at most.
    pub limit: Option<u64>,
    /// How many it made, the next one included.
    pub made: Option<u64>,
    /// How many of them count towards the limit: BullMQ counts in the options of its jobs, and begins again when the scheduler is
    /// changed. `None` if the job that it made last is not there, or was not asked.
    pub counted: Option<u64>,
    /// The sizes of its template's data and options, in bytes; 0 for none.
    pub template_sizes: [u64; 2],
    /// The job that it made last.
    pub pending: Option<PendingJob>,
}

impl Scheduler {
    /// Whether it is a repeatable job of BullMQ 4 or 5.
    pub fn is_legacy(&self) -> bool {
        self.kind == SchedulerKind::Legacy
    }

    /// How it stands at `now`, in Unix milliseconds.
    pub fn standing(&self, now: u64) -> Standing {
        let state = self.pending.as_ref().and_then(|job| job.state);
        match state {
            Some(JobState::Active) => Standing::Running,
            None | Some(JobState::Completed | JobState::Failed) => match self.has_ended(now) {
                true => Standing::Ended,
                false => Standing::Stuck,
            },
            Some(_) => match now.saturating_sub(self.next) {
                late if late > LATE_AFTER => Standing::Late(late),
                _ => Standing::Scheduled,
            },
        }
    }

    /// How many of its jobs count towards the limit, as far as that is known.
    pub fn made_of_limit(&self) -> Option<u64> {
        self.counted.or(self.made)
    }

    fn has_ended(&self, now: u64) -> bool {
        let limit = self.limit.zip(self.made_of_limit());
        limit.is_some_and(|(limit, made)| made >= limit)
            || self
                .end
                .is_some_and(|end| end < now || self.is_last_before(end))
    }

    /// Whether the pattern has no run between the last job that was made and the end.
    fn is_last_before(&self, end: u64) -> bool {
        let Schedule::Pattern { pattern, zone } = &self.schedule else {
            return false;
        };
        let zone = zone.as_deref().and_then(zone_of).unwrap_or(Tz::UTC);
        Cron::parse(pattern, self.dialect)
            .is_ok_and(|cron| (cron.next_after(self.next, zone)).is_none_or(|next| next > end))
    }
}

/// A job that a scheduler made earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRun {
    /// The job.
    pub id: JobId,
    /// Completed, failed, or active.
    pub state: JobState,
    /// When it was due, in Unix milliseconds.
    pub due: u64,
    /// When a worker took it, in Unix milliseconds.
    pub started: Option<u64>,
    /// When it finished, in Unix milliseconds.
    pub finished: Option<u64>,
}
