//! What is to come: the delayed jobs that come due, the schedulers that run, and who is late.
//!
//! Counts come from Redis for the queues that the snapshot says have delayed jobs, in bounded many commands. The result is kept
//! for a while, for each scope and window.

pub(crate) mod delayed;
pub(crate) mod runs;

use std::sync::Arc;
use std::time::Duration;

use super::Services;
use super::error::ServiceError;
use crate::cache::Cache;
use crate::clock::unix_millis;
use crate::domain::access::scope::Scope;
use crate::domain::access::{Action, Operator};
use crate::domain::queue::QueueId;
use crate::domain::schedulers::scheduler::Scheduler;
use crate::domain::upcoming::window::{Buckets, Window};
use crate::service::live::snapshot::VersionFigures;
use crate::store::error::StoreError;
use delayed::{DelayedDue, MOST_ROWS};
use runs::RunsDue;

/// For how many scopes, windows and pages results are kept.
const KEPT: usize = 128;

/// A result is good for so long at least.
const FRESH: Duration = Duration::from_secs(2);

/// And for so many times as long as it took.
const WORTH: u32 = 10;

/// But no longer than this.
const OLD: Duration = Duration::from_secs(60);

/// How many schedulers of one queue are read for its page.
const MOST_SCHEDULERS: u64 = 1_000;

/// Of which queues to tell what is to come.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Whose {
    /// All that the person may see.
    Everyones,
    /// Those of a family, by its prefix and name.
    Family(String, String),
    /// One.
    Queue(QueueId),
}

/// The kept results.
#[derive(Debug)]
pub(crate) struct UpcomingReadings(Cache<(Scope, Whose, Window), Arc<Upcoming>, StoreError>);

impl Default for UpcomingReadings {
    fn default() -> Self {
        Self(Cache::new(KEPT, |took| {
            took.saturating_add(took.saturating_mul(WORTH).clamp(FRESH, OLD))
        }))
    }
}

/// What is to come in a window.
#[derive(Debug)]
pub(crate) struct Upcoming {
    /// The parts of the window; it begins when this was read.
    pub(crate) buckets: Buckets,
    /// The delayed jobs.
    pub(crate) delayed: DelayedDue,
    /// The runs of schedulers.
    pub(crate) runs: RunsDue,
}

impl Services {
    /// What is to come within the window, in the queues that this person may see.
    pub(crate) async fn upcoming(
        &self,
        operator: &Operator,
        whose: Whose,
        window: Window,
    ) -> Result<Arc<Upcoming>, ServiceError> {
        self.overview.ready().await;
        match &whose {
            Whose::Everyones => {}
            Whose::Family(prefix, name) => {
                self.family(operator, prefix, name).await?;
            }
            Whose::Queue(queue) => {
                self.check_may(operator, Action::View, queue, None).await?;
                self.known_figures(queue).await?;
            }
        }
        let (schedulers, left_out) = self.schedulers_of(operator, &whose).await?;
        let scope = operator.scope().clone();
        let queues = self.queues_of(&scope, &whose);
        let read = async {
            let buckets = Buckets::of(window, unix_millis());
            let delayed = self.delayed_due(&queues, &buckets).await?;
            let runs = runs::runs_due(schedulers, left_out, &buckets).await;
            Ok(Arc::new(Upcoming {
                buckets,
                delayed,
                runs,
            }))
        };
        Ok(self.upcoming.0.get((scope, whose, window), read).await?)
    }

    /// The queues of the snapshot that are meant and that the scope holds.
    fn queues_of(&self, scope: &Scope, whose: &Whose) -> Vec<Arc<VersionFigures>> {
        let snapshot = self.overview.now();
        let is_meant = |version: &VersionFigures| {
            let queue = &version.figures.queue;
            scope.holds(queue)
                && match whose {
                    Whose::Everyones => true,
                    Whose::Family(prefix, name) => {
                        queue.prefix() == prefix && version.lineage.family == *name
                    }
                    Whose::Queue(only) => queue == only,
                }
        };
        let all = snapshot.queues.iter();
        all.filter(|version| is_meant(version)).cloned().collect()
    }

    /// The schedulers of those queues, and how many were not read.
    async fn schedulers_of(
        &self,
        operator: &Operator,
        whose: &Whose,
    ) -> Result<(Vec<Arc<Scheduler>>, u64), ServiceError> {
        if let Whose::Queue(queue) = whose {
            let found = self
                .queue_schedulers(operator, queue, 0, MOST_SCHEDULERS)
                .await?;
            let left_out = found.total.saturating_sub(found.found.len() as u64);
            return Ok((found.found.into_iter().map(Arc::new).collect(), left_out));
        }
        let all = self.all_schedulers(operator).await?;
        let is_meant = |queue: &QueueId| match whose {
            Whose::Family(prefix, name) => {
                queue.prefix() == prefix && self.rules.pattern.split(queue.name()).family == *name
            }
            _ => true,
        };
        let left_out = all.left_out.iter().filter(|(queue, _)| is_meant(queue));
        let left_out = left_out.map(|(_, count)| count).sum();
        let found = all.found.into_iter().filter(|one| is_meant(&one.queue));
        Ok((found.collect(), left_out))
    }
}

/// The first rows of a table, and how many more there are.
#[derive(Debug)]
pub(crate) struct Rows<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) more: usize,
}

// By hand, since the derived one would ask the same of `T`.
impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            more: 0,
        }
    }
}

impl<T> Rows<T> {
    fn first_of(mut all: Vec<T>) -> Self {
        let more = all.len().saturating_sub(MOST_ROWS);
        all.truncate(MOST_ROWS);
        Self { rows: all, more }
    }
}
