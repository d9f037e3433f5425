//! The states that a search goes through: those of the query, in each queue of the place that the person may see.

use crate::domain::access::Operator;
use crate::domain::job::JobState;
use crate::domain::queue::QueueId;
use crate::domain::search::Query;
use crate::service::Services;
use crate::service::error::ServiceError;

use crate::domain::queue::queue_set::QueueSet;

/// The order of the states of a queue. Most jobs that move meanwhile go on to a later one, and are met there.
pub(super) const ORDER: [JobState; 8] = [
    JobState::WaitingChildren,
    JobState::Delayed,
    JobState::Prioritized,
    JobState::Paused,
    JobState::Waiting,
    JobState::Active,
    JobState::Failed,
    JobState::Completed,
];

/// A state of a queue that has jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) queue: QueueId,
    pub(super) state: JobState,
    /// How many jobs it had when the search began.
    pub(super) jobs: u64,
}

impl Target {
    /// Where it comes among all targets.
    pub(super) fn rank(&self) -> (&str, &str, usize) {
        rank(&self.queue, self.state)
    }
}

/// Where a state of a queue comes in a search.
pub(super) fn rank(queue: &QueueId, state: JobState) -> (&str, &str, usize) {
    let at = ORDER.iter().position(|one| *one == state);
    (queue.prefix(), queue.name(), at.unwrap_or(ORDER.len()))
}

impl Services {
    /// The states to search that have jobs, in order.
    pub(super) async fn search_targets(
        &self,
        operator: &Operator,
        place: &QueueSet,
        query: &Query,
    ) -> Result<Vec<Target>, ServiceError> {
        let queues = self.seen_queues(operator, place).await?;
        let states = query.states();
        let mut targets = Vec::new();
        for counted in self.store.figures(&queues).await? {
            let (queue, counts) = (counted.figures.queue, counted.figures.counts);
            let full = ORDER
                .into_iter()
                .filter(|state| states.contains(state) && counts.of(*state) > 0);
            targets.extend(full.map(|state| Target {
                queue: queue.clone(),
                state,
                jobs: counts.of(state),
            }));
        }
        targets.sort_by(|a, b| a.rank().cmp(&b.rank()));
        Ok(targets)
    }
}
