//! When a version may be taken out of Redis: only where nothing can still want it.

use std::fmt;
use std::time::Duration;

use crate::domain::access::glob::glob;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::Counts;

/// Versions of some families are retired by themselves, so long after the last thing happened in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The families, as a pattern with `*`.
    pub families: String,
    /// For how long a drained version has to be quiet.
    pub after: Duration,
}

/// For how long a drained version of `family` has to be quiet before it is retired by itself: as the first of `policies`
/// says that speaks of it; `None` where none does.
pub(crate) fn retires_after(policies: &[Policy], family: &str) -> Option<Duration> {
    let policy = policies
        .iter()
        .find(|policy| glob(&policy.families, family));
    policy.map(|policy| policy.after)
}

/// What is known of a version that is to be retired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Its jobs by state.
    pub counts: Counts,
    /// How many workers are connected; `None` where that can't be told.
    pub workers: Option<u32>,
    /// Whether a worker that Redis does not name was there within the last half minute.
    pub unnamed_workers: bool,
    /// How many schedulers make jobs in it.
    pub schedulers: u64,
    /// Whether it is its family's current version.
    pub is_current: bool,
    /// How long nothing has happened in it; `None` where nothing says that anything ever did.
    pub quiet: Option<Duration>,
    /// A finished job that a live flow still needs, among those that were looked at.
    pub relative: Option<LiveRelative>,
}

/// A finished job with a parent or child that has not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRelative {
    /// The finished job.
    pub job: JobId,
    /// Whether the other is its parent; otherwise it is its child. The other itself is not named: it may be of a queue that
    /// not everyone may know of who reads this, and the job's own page links to it.
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

/// Something that keeps a version from being retired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// Jobs in this state still have to be done.
    Outstanding(JobState, u64),
    /// So many workers are connected.
    Workers(u32),
    /// Whether workers are connected can't be told.
    WorkersUnknown,
    /// A worker that Redis does not name was there within the last half minute.
    UnnamedWorkers,
    /// So many schedulers make jobs.
    Schedulers(u64),
    /// It is the family's current version.
    Current,
    /// A live flow needs one of its jobs.
    Flow(LiveRelative),
    /// Something happened so long ago, and it has to be quiet for longer.
    NotQuiet {
        /// For how long it has been quiet.
        quiet: Duration,
        /// For how long it has to be.
        needs: Duration,
    },
}

impl Obstacle {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Outstanding(JobState::Paused, _) => {
                "Resume the queue and let its workers finish, or move the jobs."
            }
            Self::Outstanding(..) => {
                "Let its workers finish them, or move them to another version."
            }
            Self::Workers(_) => "End them first: a worker may take or add a job at any time.",
            Self::WorkersUnknown => {
                "Allow Bullkeeper’s Redis user CLIENT LIST (+client|list), so that it can see that there are none."
            }
            Self::UnnamedWorkers => {
                "End it; a worker whose name holds a space can’t be seen. What it leaves is gone half a minute later."
            }
            Self::Schedulers(_) => {
                "Remove them in the application, or let them go on in another version."
            }
            Self::Current => {
                "Only an older version is retired. Where it is not the current one, pin the one that is."
            }
            Self::Flow(_) => "Let the flow end first.",
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

/// A length of time in its largest whole unit: `40 s`, `15 min`, `2 h`.
pub(crate) fn words(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

/// All that keeps a version from being retired, where it has to be quiet for `needs`; none where it may be.
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
