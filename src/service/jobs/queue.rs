//! Reads a queue: its counts, and one page of its jobs in one state. Nothing here writes.

use crate::domain::access::{Action, Operator};
use crate::domain::job::{JobRow, JobState};
use crate::domain::queue::{QueueFigures, QueueId};
use crate::domain::versions::lifecycle::LifecycleStatus;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::live::snapshot::{SnapshotId, VersionFigures};

/// The page sizes that a user can choose.
pub(crate) const PAGE_SIZES: [u64; 4] = [25, 50, 100, 200];

/// A queue, with one page of the jobs in one state.
#[derive(Debug)]
pub struct QueuePage {
    /// The queue, counted for this page.
    pub queue: VersionFigures,
    /// The snapshot that the page's events follow on.
    pub mark: SnapshotId,
    /// The state of the jobs.
    pub state: JobState,
    /// The jobs.
    pub rows: Vec<JobRow>,
}

/// The state to show first: the first of these that holds a job.
fn most_telling(figures: &QueueFigures) -> JobState {
    [
        JobState::Failed,
        JobState::Waiting,
        JobState::Paused,
        JobState::Active,
        JobState::Prioritized,
        JobState::Delayed,
        JobState::WaitingChildren,
        JobState::Completed,
    ]
    .into_iter()
    .find(|state| figures.counts.of(*state) > 0)
    .unwrap_or(JobState::Waiting)
}

fn no_queue(queue: &QueueId) -> ServiceError {
    ServiceError::NotFound(format!("queue {:?}", queue.name()))
}

impl Services {
    /// The jobs of `state`, or of the first state that holds any, from row `from` on.
    pub async fn queue_page(
        &self,
        operator: &Operator,
        queue: &QueueId,
        state: Option<JobState>,
        from: u64,
        size: u64,
    ) -> Result<QueuePage, ServiceError> {
        let (seen, mark) = self.counts_at(operator, queue).await?;
        let state = state.unwrap_or_else(|| most_telling(&seen.figures));
        let rows = self.store.list_jobs(queue, state, from, size).await?;
        Ok(QueuePage {
            queue: seen,
            mark,
            state,
            rows,
        })
    }

    /// The current counts of a queue, without its jobs.
    pub async fn queue_counts(
        &self,
        operator: &Operator,
        queue: &QueueId,
    ) -> Result<VersionFigures, ServiceError> {
        Ok(self.counts_at(operator, queue).await?.0)
    }

    /// The current counts of a queue, and the snapshot that its events follow on.
    async fn counts_at(
        &self,
        operator: &Operator,
        queue: &QueueId,
    ) -> Result<(VersionFigures, SnapshotId), ServiceError> {
        self.check_may(operator, Action::View, queue, None).await?;
        self.know(queue).await?;
        // The snapshot is taken before counting: events in between are then reported as new, and none is left out.
        let snapshot = self.overview.now();
        let figures = self.queue_figures(queue).await?;
        let counted = match snapshot.queue(queue) {
            Some(seen) => VersionFigures {
                figures,
                ..seen.clone()
            },
            None => VersionFigures {
                lineage: self.rules.pattern.split(queue.name()),
                figures,
                found: snapshot.mark.number,
                changed: snapshot.mark.number,
                arrivals: Default::default(),
                series: None,
                standing: LifecycleStatus::default(),
                meant: None,
            },
        };
        Ok((counted, snapshot.mark))
    }

    /// Checks that the queue exists and this person may see it.
    pub async fn check_queue(
        &self,
        operator: &Operator,
        queue: &QueueId,
    ) -> Result<(), ServiceError> {
        self.check_may(operator, Action::View, queue, None).await?;
        self.know(queue).await
    }

    /// Adds an existing queue to the snapshot, or reports that it does not exist. The caller has checked the person's
    /// rights.
    pub(crate) async fn know(&self, queue: &QueueId) -> Result<(), ServiceError> {
        if self.overview.now().queue(queue).is_some() {
            return Ok(());
        }
        if !self.store.queue_exists(queue).await? {
            return Err(no_queue(queue));
        }
        self.overview.meet(queue).await;
        Ok(())
    }

    /// The queue's figures from the snapshot, if it has them. A job's page only names its queue, and counting would be a
    /// third of the page's work for Redis.
    pub(crate) async fn known_figures(
        &self,
        queue: &QueueId,
    ) -> Result<QueueFigures, ServiceError> {
        self.know(queue).await?;
        match self.overview.now().queue(queue) {
            Some(seen) => Ok(seen.figures.clone()),
            None => self.queue_figures(queue).await,
        }
    }

    async fn queue_figures(&self, queue: &QueueId) -> Result<QueueFigures, ServiceError> {
        let looked = self.store.figures(std::slice::from_ref(queue)).await?;
        let figures = looked.into_iter().next().map(|looked| looked.figures);
        let figures = figures.ok_or_else(|| no_queue(queue))?;
        // Workers come from the snapshot: a CLIENT LIST for every page would cost Redis more than everything else.
        let snapshot = self.overview.now();
        let seen = snapshot.queue(queue).map(|seen| &seen.figures);
        Ok(QueueFigures {
            workers: seen.and_then(|seen| seen.workers),
            unnamed_workers: seen.is_some_and(|seen| seen.unnamed_workers),
            worker_seen: seen.and_then(|seen| seen.worker_seen),
            ..figures
        })
    }
}
