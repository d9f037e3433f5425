//! What is to come: the delayed jobs that come due, the schedulers that run, and who is late.
//!
//! Counts come from Redis for the queues that the snapshot says have delayed jobs, in bounded many commands. The result is kept
//! for a while, for each scope and window.

mod delayed;
pub(crate) mod due;
mod runs;

use std::sync::Arc;

use super::Services;
use super::error::ServiceError;
use crate::clock::unix_millis;
use crate::domain::access::Operator;
use crate::domain::queue::QueueId;
use crate::domain::queue::queue_set::QueueSet;
use crate::domain::schedulers::scheduler::Scheduler;
use crate::domain::upcoming::window::{Buckets, Window};
use due::Upcoming;

/// How many schedulers of one queue are read for its page.
const MOST_SCHEDULERS: u64 = 1_000;

impl Services {
    /// What is to come within the window, in the queues that this person may see.
    pub(crate) async fn upcoming(
        &self,
        operator: &Operator,
        whose: QueueSet,
        window: Window,
    ) -> Result<Arc<Upcoming>, ServiceError> {
        let queues = self.seen_versions(operator, &whose).await?;
        let (schedulers, left_out) = self.schedulers_of(operator, &whose).await?;
        let scope = operator.scope().clone();
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

    /// The schedulers of those queues, and how many were not read.
    async fn schedulers_of(
        &self,
        operator: &Operator,
        whose: &QueueSet,
    ) -> Result<(Vec<Arc<Scheduler>>, u64), ServiceError> {
        if let QueueSet::Queue(queue) = whose {
            let found = self
                .queue_schedulers(operator, queue, 0, MOST_SCHEDULERS)
                .await?;
            let left_out = found.total.saturating_sub(found.found.len() as u64);
            return Ok((found.found.into_iter().map(Arc::new).collect(), left_out));
        }
        let all = self.all_schedulers(operator).await?;
        let is_meant = |queue: &QueueId| match whose {
            QueueSet::Family { prefix, name } => {
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
