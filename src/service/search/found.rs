//! What lists and exports show of the jobs that a search found.

use super::progress::Found;
use crate::domain::access::Operator;
use crate::domain::job::cursor::PlacedJob;
use crate::domain::job::field::JobField;
use crate::domain::job::row::{JobRow, JobSummary};
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::large_texts::memory_budget::{BudgetShare, PATIENTLY};
use crate::store::bullmq::jobs::walk::{FetchLimit, ReadBy, WalkFields, WalkedJob};

/// A job that was found, as a list shows it.
#[derive(Debug, Clone)]
pub struct FoundJob {
    /// Its queue.
    pub queue: QueueId,
    /// The state that listed it.
    pub state: JobState,
    /// Its row.
    pub row: JobRow,
}

impl Found {
    /// The job without its row, where that could not be read.
    pub fn unread(&self) -> Option<FoundJob> {
        Some(FoundJob {
            queue: self.queue.clone(),
            state: self.state,
            row: JobRow {
                id: JobId::new(self.place.id.as_str())?,
                due: None,
                summary: Some(JobSummary::default()),
            },
        })
    }
}

/// Jobs of one state of a queue that were found one after the other.
struct FoundTogether<'a> {
    queue: &'a QueueId,
    state: JobState,
    places: Vec<PlacedJob>,
}

/// Puts jobs together that are in the same state of the same queue.
fn together(found: &[Found]) -> Vec<FoundTogether<'_>> {
    let alike = found.chunk_by(|a, b| a.queue == b.queue && a.state == b.state);
    let alike = alike.filter_map(|alike| {
        let first = alike.first()?;
        Some(FoundTogether {
            queue: &first.queue,
            state: first.state,
            places: alike.iter().map(|one| one.place.clone()).collect(),
        })
    });
    alike.collect()
}

/// How many bytes of found jobs are read at once for an export.
const EXPORTED_AT_ONCE: FetchLimit = FetchLimit {
    bytes: 1024 * 1024,
    at_least_one: true,
};

impl Services {
    /// The rows of jobs that a search found.
    pub async fn found_rows(
        &self,
        operator: &Operator,
        found: &[Found],
    ) -> Result<Vec<FoundJob>, ServiceError> {
        let mut jobs = Vec::with_capacity(found.len());
        for FoundTogether {
            queue,
            state,
            places,
        } in together(found)
        {
            let sight = self.sight(operator, queue).await;
            let rows = self.store.rows_of(queue, state, places).await?;
            let rows = self.shown_rows(&sight, queue, rows).await?;
            jobs.extend(rows.into_iter().map(|row| FoundJob {
                queue: queue.clone(),
                state,
                row,
            }));
        }
        Ok(jobs)
    }

    /// The first of these jobs with the given fields, each up to `most` bytes, and how many of them they are: as many as fit
    /// together, one at least. Their share of the memory budget comes with them.
    pub(super) async fn first_to_export(
        &self,
        operator: &Operator,
        found: &[Found],
        fields: &[JobField],
        most: u64,
    ) -> Result<(usize, Vec<WalkedJob>, BudgetShare), ServiceError> {
        let Some(first) = together(found).into_iter().next() else {
            return Ok((0, Vec::new(), BudgetShare::default()));
        };
        let sight = self.sight(operator, first.queue).await;
        let fields = sight.fields(WalkFields::of(fields.iter().copied(), most));
        let of = (first.queue, first.state);
        let limit = EXPORTED_AT_ONCE;
        let measured = self
            .store
            .measure_jobs(of, &first.places, &fields, limit, ReadBy::Search);
        let measured = measured.await?;
        let count = measured.places;
        let share = self.search_room.take(measured.bytes, PATIENTLY).await?;
        let mut jobs = self.store.fetch_jobs(measured).await?;
        if !sight.shows_all() {
            let size = jobs.iter().map(|job| job.data().len()).sum();
            jobs = run_blocking(size, move || {
                let shown = jobs.iter().map(|job| sight.shown(job).into_owned());
                shown.collect()
            })
            .await?;
        }
        Ok((count, jobs, share))
    }
}
