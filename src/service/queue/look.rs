//! What an operation that deletes jobs would meet in a queue as it is: how many jobs are in each of its states, and how many of
//! those are part of flows. Nothing is changed.

use crate::domain::access::Operator;
use crate::domain::job::cursor::JobCursor;
use crate::domain::job::{JobId, JobState};
use crate::domain::operations::on_queue::QueueOperation;
use crate::domain::operations::on_queue::in_force::InForce;
use crate::domain::queue::{QueueFigures, QueueId};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::bullmq::jobs::walk::{Walk, WalkFields, WalkOrder};

/// So many jobs of each state are looked at for flows.
const LOOKED_AT: u64 = 1_000;

/// The jobs of one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateSeen {
    /// The state.
    pub state: JobState,
    /// How many there are.
    pub jobs: u64,
    /// How many of them were looked at.
    pub looked_at: u64,
    /// For how many of those a parent waits.
    pub children: u64,
    /// How many of those have children.
    pub parents: u64,
}

/// What would be met.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueSeen {
    /// Every state that the operation may delete from and that has jobs.
    pub states: Vec<StateSeen>,
    /// How many schedulers go, where the queue does.
    pub schedulers: u64,
    /// How many events go with it.
    pub events: u64,
    /// What is in force of what the operation changes.
    pub in_force: InForce,
}

/// The states that an operation may delete from.
fn states_of(operation: QueueOperation) -> &'static [JobState] {
    const WAITING: &[JobState] = &[
        JobState::Waiting,
        JobState::Paused,
        JobState::Prioritized,
        JobState::Delayed,
    ];
    const CLEANED: &[JobState] = &[
        JobState::Completed,
        JobState::Failed,
        JobState::Delayed,
        JobState::Waiting,
        JobState::Paused,
        JobState::Prioritized,
    ];
    const ALL: &[JobState] = &[
        JobState::Active,
        JobState::Waiting,
        JobState::Paused,
        JobState::Prioritized,
        JobState::Delayed,
        JobState::WaitingChildren,
        JobState::Completed,
        JobState::Failed,
    ];
    match operation {
        QueueOperation::Drain => WAITING,
        QueueOperation::Clean => CLEANED,
        QueueOperation::Obliterate => ALL,
        _ => &[],
    }
}

impl Services {
    /// What `operation` would meet, for those who may do it.
    pub async fn look_at_queue(
        &self,
        operator: &Operator,
        operation: QueueOperation,
        queue: &QueueId,
    ) -> Result<QueueSeen, ServiceError> {
        self.check_may_operate_queue(operator, operation, queue)
            .await?;
        let states = states_of(operation);
        if states.is_empty() {
            return self.look_at_limits(operation, queue).await;
        }
        let counts = self.figures_now(queue).await?.counts;
        let mut seen = QueueSeen::default();
        for state in states.iter().filter(|state| counts.of(**state) > 0) {
            let jobs = counts.of(*state);
            seen.states
                .push(self.look_at_state(queue, *state, jobs).await?);
        }
        if operation == QueueOperation::Obliterate {
            (seen.schedulers, seen.events) = self.store.besides_jobs(queue).await?;
        }
        Ok(seen)
    }

    async fn look_at_limits(
        &self,
        operation: QueueOperation,
        queue: &QueueId,
    ) -> Result<QueueSeen, ServiceError> {
        let mut seen = QueueSeen::default();
        if operation.changes_limits() {
            seen.in_force = operation.in_force(&self.store.limits(queue).await?);
        }
        Ok(seen)
    }

    async fn look_at_state(
        &self,
        queue: &QueueId,
        state: JobState,
        jobs: u64,
    ) -> Result<StateSeen, ServiceError> {
        let walk = Walk {
            queue,
            state,
            order: WalkOrder::NextFirst,
        };
        let start = JobCursor::default();
        let batch = self
            .store
            .walk_jobs(walk, &start, LOOKED_AT, WalkFields::default())
            .await?;
        let ids: Vec<JobId> = batch.jobs.into_iter().map(|job| job.id).collect();
        let (children, parents) = self.store.of_flows(queue, &ids).await?;
        Ok(StateSeen {
            state,
            jobs,
            looked_at: ids.len() as u64,
            children,
            parents,
        })
    }

    /// The queue's figures as they are now.
    pub(crate) async fn figures_now(&self, queue: &QueueId) -> Result<QueueFigures, ServiceError> {
        let looked = self.store.figures(std::slice::from_ref(queue)).await?;
        let figures = looked.into_iter().next().map(|looked| looked.figures);
        figures.ok_or_else(|| ServiceError::NotFound(format!("queue {:?}", queue.name())))
    }
}
