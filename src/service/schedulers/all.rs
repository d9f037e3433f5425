//! The schedulers of all queues, read once for all who ask.

use std::collections::HashMap;
use std::sync::Arc;

use super::readings::AllSchedulers;
use crate::domain::access::Operator;
use crate::domain::queue::QueueId;
use crate::domain::queue::bullmq_version::BullmqVersion;
use crate::domain::schedulers::cron::fields::Dialect;
use crate::domain::schedulers::scheduler::Standing;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::error::StoreError;

/// How many schedulers are read and kept.
const MOST: usize = 10_000;

/// And how many of one queue.
const MOST_OF_QUEUE: u64 = 1_000;

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

    /// How many schedulers of each queue are late at `now` (Unix milliseconds), or will not run again by themselves.
    pub(crate) async fn late_schedulers(
        &self,
        now: u64,
    ) -> Result<HashMap<QueueId, u64>, StoreError> {
        let all = self
            .schedulers
            .0
            .get((), self.read_all_schedulers())
            .await?;
        let mut late = HashMap::new();
        for one in &all.found {
            if matches!(one.standing(now), Standing::Late(_) | Standing::Stuck) {
                *late.entry(one.queue.clone()).or_default() += 1;
            }
        }
        Ok(late)
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
