//! What a scrape tells: drawn from the snapshot and from counters in memory, so that it costs Redis nothing.

pub(crate) mod counters;
pub mod listed;
mod process;

use std::time::{Duration, SystemTime};

use super::Services;
use super::background::task_records::TaskRecord;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::entry::Entry;
use crate::domain::stats::histogram::HistogramReading;
use crate::service::live::snapshot::{RecentSnapshots, Snapshot};
use counters::{CountsByName, CountsByNames};
use listed::ListedQueues;

/// Everything that a scrape tells of the queues and of Bullkeeper.
#[derive(Debug)]
pub struct MetricsReading {
    /// The queues.
    pub listed: ListedQueues,
    /// How many queues the snapshot has.
    pub queues: u64,
    /// How old the figures are; `None` before the first count.
    pub snapshot_age: Option<Duration>,
    /// Whether Redis answered when it was last asked.
    pub redis_is_up: bool,
    /// The work that the snapshot has cost.
    pub work: RecentSnapshots,
    /// How long commands took.
    pub commands: HistogramReading,
    /// How many searches run.
    pub searches: u64,
    /// Edits, operations, sign-ins and so on, by action and outcome.
    pub actions: CountsByNames,
    /// How many audit entries Redis has not taken yet, and how old the oldest is.
    pub unwritten: (u64, Duration),
    /// How many runs this process works on.
    pub runs_running: u64,
    /// Runs that it worked on and that ended, by kind and state.
    pub runs_ended: CountsByNames,
    /// Whether this process leads those that share the Redis.
    pub is_leader: bool,
    /// How long ago the last recorded minute of the history ended; `None` if none was ever recorded, or it is not known.
    pub history_age: Option<Duration>,
    /// How many damaged records this process has set aside, by the record.
    pub records_set_aside: CountsByName,
    /// How many turns of each background task failed.
    pub task_failures: CountsByName,
    /// How often each background task was started again after a panic.
    pub task_restarts: CountsByName,
    /// The process's resident memory in bytes, where the system tells.
    pub resident_bytes: Option<u64>,
    /// When the process began, in Unix milliseconds.
    pub began: u64,
}

impl Services {
    /// Reads everything that a scrape tells. Asks Redis nothing.
    pub fn read_metrics(&self) -> MetricsReading {
        let snapshot = self.overview.now();
        MetricsReading {
            listed: self.listing.list(&snapshot),
            queues: snapshot.queues.len() as u64,
            snapshot_age: age_of(&snapshot),
            redis_is_up: snapshot.taken.is_some() && snapshot.stale.is_none(),
            work: snapshot.kept,
            commands: self.store.command_times(),
            searches: self.search_turns.taken() as u64,
            actions: self.counters.actions(),
            unwritten: (self.unwritten.len() as u64, self.unwritten.age()),
            runs_running: self.counters.runs_running(),
            runs_ended: self.counters.runs_ended(),
            is_leader: self.leadership.token().is_some(),
            history_age: self.history_age(),
            records_set_aside: self.store.records_set_aside(),
            task_failures: self.of_tasks(|record| record.failures),
            task_restarts: self.of_tasks(|record| record.restarts),
            resident_bytes: process::resident_bytes(),
            began: snapshot.mark.process,
        }
    }

    fn history_age(&self) -> Option<Duration> {
        let health = self.health.last()?;
        let age = health.unrecorded_for(crate::clock::unix_millis())?;
        Some(Duration::from_millis(age))
    }

    /// A count of each background task, also of those without any: what was never 0 does not grow for Prometheus.
    fn of_tasks(&self, count: fn(&TaskRecord) -> u64) -> CountsByName {
        let tasks = self.tasks.all();
        tasks
            .map(|(task, record)| (task.name(), count(&record)))
            .collect()
    }

    /// Counts what an entry is about as ended so.
    pub(crate) fn count_action(&self, entry: &Entry, outcome: AuditOutcome) {
        if let Some(action) = entry.action.value() {
            self.counters.action(*action, outcome);
        }
    }
}

/// How long ago Redis last answered the engine.
fn age_of(snapshot: &Snapshot) -> Option<Duration> {
    let now: SystemTime = crate::clock::system_time();
    Some(now.duration_since(snapshot.taken?).unwrap_or_default())
}
