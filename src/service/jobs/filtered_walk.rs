//! The walk through the jobs of a queue that a filter means: those of a selection, or state after state, the next to run first.
//! Dry runs and runs go this way, batch after batch.

use super::filtered::ReadyFilter;
use crate::domain::job::cursor::{JobCursor, PlacedJob};
use crate::domain::job::filter::JobFilter;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::domain::search::Match;
use crate::service::error::ServiceError;
use crate::store::Store;
use crate::store::bullmq::jobs::walk::{Walk, WalkFields, WalkOrder, WalkedJob};

/// How far the walk is.
#[derive(Debug, Clone)]
pub(crate) struct FilteredWalk {
    filter: ReadyFilter,
    /// The ids of a selection; none where the states are walked through.
    ids: Vec<String>,
    states: Vec<JobState>,
    state: usize,
    cursor: JobCursor,
    /// How many of the selection are done with.
    selected: usize,
}

/// The next jobs of a walk.
#[derive(Debug, Default)]
pub(crate) struct FilteredBatch {
    /// Those that the filter means.
    pub(crate) jobs: Vec<WalkedJob>,
    /// Those of which it is not known whether it means them.
    pub(crate) unread: Vec<JobId>,
    /// Those of a selection that are in none of its states.
    pub(crate) astray: Vec<JobId>,
    /// How many jobs were looked at.
    pub(crate) looked_at: u64,
    /// The places that were read; none of a selection.
    places: Vec<PlacedJob>,
    /// How many ids of a selection they are for.
    read: usize,
}

impl FilteredWalk {
    /// The beginning of the walk; or what is wrong with the filter's query.
    pub(crate) fn new(filter: &JobFilter) -> Result<Self, String> {
        Ok(Self {
            states: filter.kept_states(),
            filter: ReadyFilter::new(filter)?,
            ids: filter.ids.clone(),
            state: 0,
            cursor: JobCursor::default(),
            selected: 0,
        })
    }

    /// Back to the beginning, as for another queue.
    pub(crate) fn restart(&mut self) {
        (self.state, self.cursor, self.selected) = (0, JobCursor::default(), 0);
    }

    /// What the filter has to know of each job.
    pub(crate) fn fields(&self) -> WalkFields {
        self.filter.fields()
    }

    /// Up to about `count` jobs that come next, with these fields; `None` at the end. They come again until they are passed.
    pub(crate) async fn next(
        &mut self,
        store: &Store,
        queue: &QueueId,
        count: u64,
        fields: WalkFields,
    ) -> Result<Option<FilteredBatch>, ServiceError> {
        if !self.ids.is_empty() {
            return self.next_selected(store, queue, count, fields).await;
        }
        while let Some(state) = self.states.get(self.state).copied() {
            let order = WalkOrder::NextFirst;
            let walk = Walk {
                queue,
                state,
                order,
            };
            let batch = store.walk_jobs(walk, &self.cursor, count, fields).await?;
            if batch.places.is_empty() {
                (self.state, self.cursor) = (self.state + 1, JobCursor::default());
                continue;
            }
            let mut found = self.judged(batch.jobs);
            found.places = batch.places;
            return Ok(Some(found));
        }
        Ok(None)
    }

    async fn next_selected(
        &self,
        store: &Store,
        queue: &QueueId,
        count: u64,
        fields: WalkFields,
    ) -> Result<Option<FilteredBatch>, ServiceError> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let rest = self.ids.iter().skip(self.selected);
        let some: Vec<String> = rest.take(count).cloned().collect();
        if some.is_empty() || self.states.is_empty() {
            return Ok(None);
        }
        let selected = store.selected_jobs(queue, &self.states, &some, fields);
        let selected = selected.await?;
        let mut found = self.judged(selected.jobs);
        found.looked_at += selected.astray.len() as u64;
        found.astray = selected.astray;
        found.read = selected.read.max(1);
        Ok(Some(found))
    }

    fn judged(&self, jobs: Vec<WalkedJob>) -> FilteredBatch {
        let mut found = FilteredBatch {
            looked_at: jobs.len() as u64,
            ..FilteredBatch::default()
        };
        for job in jobs {
            match self.filter.judge(&job) {
                Match::Yes => found.jobs.push(job),
                Match::No => {}
                Match::Unreadable => found.unread.push(job.id),
            }
        }
        found
    }

    /// Goes on behind a batch, of which `stays` says whether a job is still where it was.
    pub(crate) fn pass(&mut self, batch: &FilteredBatch, stays: impl Fn(&str) -> bool) {
        self.selected += batch.read;
        self.cursor.pass(&batch.places, stays);
    }
}
