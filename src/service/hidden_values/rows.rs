//! The rows of lists of jobs, as a person may see them.

use std::collections::HashMap;

use super::sight::{LARGEST_OF_MANY, Sight};
use crate::domain::job::JobState;
use crate::domain::job::cursor::PlacedJob;
use crate::domain::job::field::{FieldValue, JobField};
use crate::domain::job::row::JobRow;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::jobs::walk::{FetchLimit, ReadBy, WalkFields};

/// How many bytes of data are read at once.
const AT_ONCE: FetchLimit = FetchLimit {
    bytes: 1024 * 1024,
    at_least_one: true,
};

impl Services {
    /// The rows with the data, and the errors that quote it, as they may be seen.
    pub(crate) async fn shown_rows(
        &self,
        sight: &Sight,
        queue: &QueueId,
        mut rows: Vec<JobRow>,
    ) -> Result<Vec<JobRow>, ServiceError> {
        if sight.shows_all() {
            return Ok(rows);
        }
        let has_error = |row: &&JobRow| {
            let summary = row.summary.as_ref();
            summary.is_some_and(|summary| {
                summary.failed_reason.is_some() && !sight.of_job(&summary.name).is_nothing()
            })
        };
        let failed = rows.iter().filter(has_error);
        let failed = failed.map(|row| row.id.as_str().to_owned()).collect();
        let data = self.data_of_jobs(queue, failed).await?;
        let sight = sight.clone();
        let size = data.values().map(Vec::len).sum::<usize>();
        run_blocking(size, move || {
            for row in &mut rows {
                let Some(summary) = row.summary.as_mut() else {
                    continue;
                };
                let hiding = sight.of_job(&summary.name);
                if hiding.is_nothing() {
                    continue;
                }
                if let Some(reason) = summary.failed_reason.take() {
                    let values = hiding.values(data.get(row.id.as_str()).map(Vec::as_slice));
                    summary.failed_reason = Some(values.in_cut_text(&reason).into_owned());
                }
                summary.data = summary.data.take().map(|data| hiding.mask_text(data));
            }
            rows
        })
        .await
    }

    /// The data of some jobs of a queue; without those whose data is too large, or that have none.
    pub(crate) async fn data_of_jobs(
        &self,
        queue: &QueueId,
        ids: Vec<String>,
    ) -> Result<HashMap<String, Vec<u8>>, ServiceError> {
        let fields = WalkFields::default().with(JobField::Data, LARGEST_OF_MANY);
        let places: Vec<PlacedJob> = ids
            .into_iter()
            .map(|id| PlacedJob { id, score: None })
            .collect();
        let (mut left, mut found) = (places.as_slice(), HashMap::new());
        while !left.is_empty() {
            // Which state they are in does not matter.
            let of = (queue, JobState::Unknown);
            let measured = self
                .store
                .measure_jobs(of, left, &fields, AT_ONCE, ReadBy::Usual)
                .await?;
            left = &left[measured.places.clamp(1, left.len())..];
            for job in self.store.fetch_jobs(measured).await? {
                if let FieldValue::Bytes(data) = job.get(JobField::Data) {
                    found.insert(job.id.as_str().to_owned(), data.to_vec());
                }
            }
        }
        Ok(found)
    }
}
