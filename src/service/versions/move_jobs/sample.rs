//! What stands beside a move's form: a job that would move, and the schema it would be under. Nothing here writes.

use crate::domain::access::{Action, Operator};
use crate::domain::job::JobId;
use crate::domain::job::cursor::JobCursor;
use crate::domain::job::field::JobField;
use crate::domain::job::filter::JobFilter;
use crate::domain::json::pretty_or_raw;
use crate::domain::queue::QueueId;
use crate::domain::schema::in_force::InForce;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::jobs::filtered::ReadyFilter;
use crate::store::bullmq::jobs::walk::{Walk, WalkOrder};

/// Larger data is not shown, in bytes.
const LARGEST_SHOWN: u64 = 16 * 1024;

/// How many jobs of each state are looked through for one that the filter selects.
const LOOKED_AT: u64 = 50;

/// A job that would move, and what the target says of it.
#[derive(Debug)]
pub struct MoveSample {
    /// The job; `None` if the first jobs of the source have none that the filter selects.
    pub job: Option<SampleJob>,
    /// The schema in force for it in the target.
    pub schema: InForce,
}

/// A job that would move.
#[derive(Debug)]
pub struct SampleJob {
    /// Its id.
    pub id: JobId,
    /// Its name.
    pub name: String,
    /// Its data, pretty-printed if it is JSON; `None` if it is too large to be shown.
    pub data: Option<String>,
    /// How many bytes its data has.
    pub size: u64,
}

impl Services {
    /// A job that would move, and the schema of the target for it. Without such a job, the schema for jobs of the name that the
    /// filter selects.
    pub async fn move_sample(
        &self,
        operator: &Operator,
        source: &QueueId,
        target: &QueueId,
        filter: &JobFilter,
    ) -> Result<MoveSample, ServiceError> {
        for queue in [source, target] {
            self.check_may(operator, Action::MoveJobs, queue, None)
                .await?;
            self.know(queue).await?;
        }
        let job = self.first_that_moves(operator, source, filter).await?;
        let name = job.as_ref().map_or(filter.name.as_str(), |job| &job.name);
        let schema = self.schema_for(target, name).await;
        Ok(MoveSample { job, schema })
    }

    async fn first_that_moves(
        &self,
        operator: &Operator,
        source: &QueueId,
        filter: &JobFilter,
    ) -> Result<Option<SampleJob>, ServiceError> {
        let sight = self.sight(operator, source).await;
        let ready = ReadyFilter::new(filter).map_err(ServiceError::Bad)?;
        let fields = sight
            .fields(ready.fields())
            .with(JobField::Name, u64::MAX)
            .with(JobField::Data, LARGEST_SHOWN);
        for state in filter.kept_states() {
            let walk = Walk {
                queue: source,
                state,
                order: WalkOrder::NextFirst,
            };
            let cursor = JobCursor::default();
            let batch = self.store.walk_jobs(walk, &cursor, LOOKED_AT, fields);
            let mut jobs = batch.await?.jobs.into_iter();
            let Some(job) = jobs.find(|job| ready.wants(job, &sight)) else {
                continue;
            };
            let size = job.data_size();
            let is_shown = size <= LARGEST_SHOWN;
            return Ok(Some(SampleJob {
                data: is_shown.then(|| {
                    let job = sight.shown(&job);
                    pretty_or_raw(&String::from_utf8_lossy(job.data()))
                }),
                name: job.name().into_owned(),
                id: job.id,
                size,
            }));
        }
        Ok(None)
    }
}
