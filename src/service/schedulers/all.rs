//! The schedulers of all queues, read once for all who ask.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::Cache;
use crate::domain::access::Operator;
use crate::domain::queue::QueueId;
use crate::domain::queue::bullmq_version::BullmqVersion;
use crate::domain::schedulers::cron::fields::Dialect;
use crate::domain::schedulers::scheduler::Scheduler;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::error::StoreError;

/// How many schedulers are read and kept.
const MOST: usize = 10_000;

/// And how many of one queue.
const MOST_OF_QUEUE: u64 = 1_000;

/// The reading is good for so long at least.
const FRESH: Duration = Duration::from_secs(2);

/// And for so many times as long as it took.
const WORTH: u32 = 10;

/// But no longer than this.
const OLD: Duration = Duration::from_secs(60);

/// The schedulers of all queues.
#[derive(Debug, Default)]
pub struct AllSchedulers {
    /// The schedulers that were read.
    pub found: Vec<Arc<Scheduler>>,
    /// The queues of which some were not read, with how many.
    pub left_out: Vec<(QueueId, u64)>,
}

/// The last reading, shared by everyone.
#[derive(Debug)]
pub(crate) struct SchedulerReadings(Cache<(), Arc<AllSchedulers>, StoreError>);

impl Default for SchedulerReadings {
    fn default() -> Self {
        Self(Cache::new(1, |took| {
            took.saturating_add(took.saturating_mul(WORTH).clamp(FRESH, OLD))
        }))
    }
}

impl SchedulerReadings {
    /// Forgets the reading, so that the next page shows what was just changed.
    pub(crate) fn forget(&self) {
        self.0.forget(&());
    }
}

/// The cron-parser of a queue's BullMQ; that of BullMQ 5 if the queue states no version.
pub(crate) fn dialect_of(version: &BullmqVersion) -> Dialect {
    match version.pauses_in_place() {
        true => Dialect::Five,
        false => Dialect::Four,
    }
}

impl Services {
    /// The schedulers of all queues that this person may see.
    pub async fn all_schedulers(&self, operator: &Operator) -> Result<AllSchedulers, ServiceError> {
        let all = self
            .schedulers
            .0
            .get((), self.read_all_schedulers())
            .await?;
        let scope = operator.scope();
        Ok(AllSchedulers {
            found: (all.found.iter())
                .filter(|one| scope.holds(&one.queue))
                .cloned()
                .collect(),
            left_out: (all.left_out.iter())
                .filter(|(queue, _)| scope.holds(queue))
                .cloned()
                .collect(),
        })
    }

    async fn read_all_schedulers(&self) -> Result<Arc<AllSchedulers>, StoreError> {
        let snapshot = self.overview.now();
        let figures = snapshot.queues.iter().map(|seen| &seen.figures);
        let (queues, dialects): (Vec<QueueId>, Vec<Dialect>) = figures
            .map(|figures| (figures.queue.clone(), dialect_of(&figures.bull_version)))
            .unzip();
        let counts = self.store.scheduler_counts(&queues).await?;
        let mut all = AllSchedulers::default();
        for ((queue, dialect), count) in queues.into_iter().zip(dialects).zip(counts) {
            if count == 0 {
                continue;
            }
            let room = (MOST - all.found.len()) as u64;
            let size = MOST_OF_QUEUE.min(room);
            let found = self.store.schedulers(&queue, dialect, 0, size).await?;
            all.found.extend(found.into_iter().map(Arc::new));
            if count > size {
                all.left_out.push((queue, count - size));
            }
        }
        Ok(Arc::new(all))
    }
}
