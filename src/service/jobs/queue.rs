//! Reads a queue: its counts, and one page of its jobs in one state. Nothing here writes.

use crate::domain::access::{Action, Operator};
use crate::domain::job::JobState;
use crate::domain::job::cursor::{JobCursor, PlacedJob};
use crate::domain::job::filter::JobFilter;
use crate::domain::job::row::{JobRow, ListOrder};
use crate::domain::queue::{QueueFigures, QueueId};
use crate::domain::versions::lifecycle::LifecycleStatus;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::hidden_values::Sight;
use crate::service::jobs::filtered::ReadyFilter;
use crate::service::live::snapshot::{SnapshotId, VersionFigures};
use crate::store::bullmq::jobs::walk::{Walk, WalkOrder};

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
    /// In which order.
    pub order: ListOrder,
    /// The rows.
    pub rows: Vec<JobRow>,
    /// How far the search for them went, where a filter was asked for.
    pub walk: Option<FilteredWalk>,
}

/// How far a search through a state's jobs went.
#[derive(Debug)]
pub struct FilteredWalk {
    /// How many jobs were looked at.
    pub looked_at: u64,
    /// Where it goes on; `None` at the end.
    pub next: Option<JobCursor>,
}

/// A page looks at so many jobs at most for those that match.
const MOST_LOOKED_AT: u64 = 10_000;

/// How many are looked at with one round trip.
const BATCH: u64 = 500;

/// The state to open a queue with: the first of these that holds a job.
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
    /// The jobs of `state`, or of the first state that holds any, in `order`, from row `from` on.
    pub async fn queue_page(
        &self,
        operator: &Operator,
        queue: &QueueId,
        state: Option<JobState>,
        order: ListOrder,
        from: u64,
        size: u64,
    ) -> Result<QueuePage, ServiceError> {
        let (seen, mark) = self.counts_at(operator, queue).await?;
        let state = state.unwrap_or_else(|| most_telling(&seen.figures));
        let rows = self
            .store
            .list_jobs(queue, state, order, from, size)
            .await?;
        let sight = self.sight(operator, queue).await;
        let rows = self.shown_rows(&sight, queue, rows).await?;
        Ok(QueuePage {
            queue: seen,
            mark,
            state,
            order,
            rows,
            walk: None,
        })
    }

    /// A queue and up to `size` jobs of a state that `filter` finds behind the cursor, in the state's order. Where `state` is
    /// `None`, the one to open the queue with.
    pub async fn filtered_page(
        &self,
        operator: &Operator,
        queue: &QueueId,
        (state, order): (Option<JobState>, ListOrder),
        filter: &(impl Fn(JobState) -> JobFilter + Sync),
        cursor: JobCursor,
        size: u64,
    ) -> Result<QueuePage, ServiceError> {
        let (seen, mark) = self.counts_at(operator, queue).await?;
        let state = state.unwrap_or_else(|| most_telling(&seen.figures));
        let filter = filter(state);
        filter.check().map_err(ServiceError::Bad)?;
        let walk = Walk {
            queue,
            state,
            order: WalkOrder::AsListed(order),
        };
        let sight = self.sight(operator, queue).await;
        let (found, walk) = self.search(walk, &filter, cursor, size, &sight).await?;
        let rows = self.store.rows_of(queue, state, found).await?;
        Ok(QueuePage {
            queue: seen,
            mark,
            state,
            order,
            rows: self.shown_rows(&sight, queue, rows).await?,
            walk: Some(walk),
        })
    }

    /// Up to `most` jobs that the filter finds, and how far the search went.
    async fn search(
        &self,
        walk: Walk<'_>,
        filter: &JobFilter,
        mut cursor: JobCursor,
        most: u64,
        sight: &Sight,
    ) -> Result<(Vec<PlacedJob>, FilteredWalk), ServiceError> {
        let filter = ReadyFilter::new(filter).map_err(ServiceError::Bad)?;
        let fields = sight.fields(filter.fields());
        let (mut found, mut looked_at) = (Vec::new(), 0);
        loop {
            let batch = self.store.walk_jobs(walk, &cursor, BATCH, fields).await?;
            if batch.places.is_empty() {
                let next = None;
                return Ok((found, FilteredWalk { looked_at, next }));
            }
            let mut jobs = batch.jobs.iter().peekable();
            let mut read = 0;
            for place in &batch.places {
                read += 1;
                let Some(job) = jobs.next_if(|job| job.id.as_str() == place.id) else {
                    continue;
                };
                looked_at += 1;
                if filter.wants(job, sight) {
                    found.push(place.clone());
                }
                if found.len() as u64 == most {
                    break;
                }
            }
            cursor.pass(&batch.places[..read], |_| true);
            if found.len() as u64 == most || looked_at >= MOST_LOOKED_AT {
                let next = Some(cursor);
                return Ok((found, FilteredWalk { looked_at, next }));
            }
        }
    }

    /// A queue as it is counted now, without its jobs.
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
                stalled_at: None,
                series: None,
                events_since: None,
                read_to: None,
                is_behind: false,
                totals: None,
                standing: LifecycleStatus::default(),
                stranded: None,
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

    pub(crate) async fn queue_figures(
        &self,
        queue: &QueueId,
    ) -> Result<QueueFigures, ServiceError> {
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
