//! When a version may be retired: only if nothing can still need it.

use std::fmt;
use std::time::Duration;

use crate::domain::access::glob::glob;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::Counts;

/// An `auto_retire` policy: versions of some families are retired on their own, some time after their last event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The families, as a pattern with `*`.
    pub families: String,
    /// How long a drained version must be quiet.
    pub after: Duration,
}

/// How long a drained version of `family` must be quiet before it is retired on its own, by the first of `policies` that
/// matches; `None` if none does.
pub(crate) fn retires_after(policies: &[Policy], family: &str) -> Option<Duration> {
    let policy = policies
        .iter()
        .find(|policy| glob(&policy.families, family));
    policy.map(|policy| policy.after)
}

/// The facts about a version that is to be retired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The number of jobs in each state.
    pub counts: Counts,
    /// How many workers are connected; `None` if Bullkeeper can't tell.
    pub workers: Option<u32>,
    /// Whether a worker without a name in Redis was at work within the last half minute.
    pub unnamed_workers: bool,
    /// How many schedulers add jobs to it.
    pub schedulers: u64,
    /// Whether it is its family's current version.
    pub is_current: bool,
    /// How long nothing has happened in it; `None` if there is no sign that anything ever did.
    pub quiet: Option<Duration>,
    /// A finished job that a live flow still needs, among those that were checked.
    pub relative: Option<LiveRelative>,
}

/// A finished job whose parent or child has not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRelative {
    /// The finished job.
    pub job: JobId,
    /// Whether the unfinished job is its parent; otherwise it is its child. It is not named: the reader may not be allowed
    /// to know of its queue. The job's own page links to it.
    pub is_parent: bool,
}

impl fmt::Display for LiveRelative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (job, other) = match self.is_parent {
            true => ("child", "parent"),
            false => ("parent", "child"),
        };
        write!(
            f,
            "job {:?} is the {job} of a live flow: its {other} has not finished",
            self.job.as_str(),
        )
    }
}

/// A reason why a version can't be retired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// Jobs in this state are outstanding.
    Outstanding(JobState, u64),
    /// Workers are connected.
    Workers(u32),
    /// Bullkeeper can't tell whether workers are connected.
    WorkersUnknown,
    /// A worker without a name in Redis was at work within the last half minute.
    UnnamedWorkers,
    /// Schedulers add jobs to it.
    Schedulers(u64),
    /// It is the family's current version.
    Current,
    /// A live flow needs one of its jobs.
    Flow(LiveRelative),
    /// It has not been quiet for long enough.
    NotQuiet {
        /// How long it has been quiet.
        quiet: Duration,
        /// How long it must be quiet.
        needs: Duration,
    },
}

impl Obstacle {
    /// What the operator can do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Outstanding(JobState::Paused, _) => {
                "Resume the queue and let its workers finish, or move the jobs."
            }
            Self::Outstanding(..) => {
                "Let its workers finish them, or move them to another version."
            }
            Self::Workers(_) => {
                "Stop the workers first. A running worker may take or add a job at any time."
            }
            Self::WorkersUnknown => {
                "Allow Bullkeeper’s Redis user CLIENT LIST (+client|list), so that it can see that there are none."
            }
            Self::UnnamedWorkers => {
                "Stop it, and look again after half a minute. Redis does not show workers whose names contain a space."
            }
            Self::Schedulers(_) => "Remove them, or create them in another version first.",
            Self::Current => {
                "Only older versions can be retired. If another version is the current one, pin it first."
            }
            Self::Flow(_) => "Wait until the flow has ended.",
            Self::NotQuiet { .. } => "Wait: what is still in use shows itself sooner or later.",
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outstanding(state, 1) => write!(f, "1 job is {state}"),
            Self::Outstanding(state, count) => write!(f, "{count} jobs are {state}"),
            Self::Workers(1) => f.write_str("1 worker is connected"),
            Self::Workers(count) => write!(f, "{count} workers are connected"),
            Self::WorkersUnknown => f.write_str("whether workers are connected can’t be told"),
            Self::UnnamedWorkers => f.write_str(
                "a worker that Redis does not name was there within the last half minute",
            ),
            Self::Schedulers(1) => f.write_str("1 scheduler makes jobs in it"),
            Self::Schedulers(count) => write!(f, "{count} schedulers make jobs in it"),
            Self::Current => f.write_str("it is the current version of its family"),
            Self::Flow(relative) => relative.fmt(f),
            Self::NotQuiet { quiet, needs } => write!(
                f,
                "something happened in it {} ago, and it has to be quiet for {}",
                words(*quiet),
                words(*needs)
            ),
        }
    }
}

/// A duration in its largest whole unit: `40 s`, `15 min`, `2 h`.
pub(crate) fn words(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

/// All reasons why a version can't be retired, if it must be quiet for `needs`; empty if it can be.
pub(crate) fn obstacles(facts: &Facts, needs: Duration) -> Vec<Obstacle> {
    let outstanding = JobState::KEPT
        .into_iter()
        .filter(|state| !matches!(state, JobState::Completed | JobState::Failed))
        .map(|state| (state, facts.counts.of(state)))
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| Obstacle::Outstanding(state, count));
    let workers = match facts.workers {
        None => Some(Obstacle::WorkersUnknown),
        Some(0) => facts.unnamed_workers.then_some(Obstacle::UnnamedWorkers),
        Some(count) => Some(Obstacle::Workers(count)),
    };
    let schedulers = (facts.schedulers > 0).then_some(Obstacle::Schedulers(facts.schedulers));
    let current = facts.is_current.then_some(Obstacle::Current);
    let flow = facts.relative.clone().map(Obstacle::Flow);
    let not_quiet = facts
        .quiet
        .filter(|quiet| *quiet < needs)
        .map(|quiet| Obstacle::NotQuiet { quiet, needs });
    outstanding
        .chain(workers)
        .chain(schedulers)
        .chain(current)
        .chain(flow)
        .chain(not_quiet)
        .collect()
}

#[cfg(test)]
mod tests;
