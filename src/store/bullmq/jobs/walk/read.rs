//! Reads fields of the jobs of a batch: those that may be large are measured first, and no more is fetched at once than fits.

use redis::{Pipeline, Value};

use super::fields::{StoredValue, WalkFields, WalkedJob, may_be_large};
use crate::domain::job::cursor::PlacedJob;
use crate::domain::job::field::JobField;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::bullmq::queues::counts::is_marker;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// Which connections a batch is read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadBy {
    /// Those of pages and runs.
    Usual,
    /// That of searches, so that no page waits behind what they read.
    Search,
}

/// The jobs of a batch whose sizes are known, and which fit together.
#[derive(Debug)]
pub(crate) struct MeasuredJobs {
    state: JobState,
    jobs: Vec<AskedJob>,
    /// How many of the places they are in; fewer than were given where not all fit.
    pub(crate) places: usize,
    /// How many bytes of large fields they have together.
    pub(crate) bytes: u64,
    by: ReadBy,
    is_bulk: bool,
}

/// A job of a batch, before its values are fetched.
#[derive(Debug)]
struct AskedJob {
    /// Where it is in the batch.
    place: usize,
    id: JobId,
    key: String,
    /// The fields to fetch.
    fetched: Vec<JobField>,
    /// Those that are too large, with their sizes.
    too_large: Vec<(JobField, StoredValue)>,
}

/// How much is fetched at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FetchLimit {
    /// So many bytes of large fields.
    pub(crate) bytes: u64,
    /// Whether the first job is fetched even if it alone has more.
    pub(crate) at_least_one: bool,
}

impl FetchLimit {
    /// What pages and runs fetch at once.
    pub(super) const USUAL: Self = Self {
        bytes: 4 * 1024 * 1024,
        at_least_one: true,
    };
}

impl Store {
    /// The jobs in `places`, with what is asked for of each. Cuts the places to those whose fields fit together, one at least.
    pub(super) async fn walked_jobs(
        &self,
        queue: &QueueId,
        state: JobState,
        places: &mut Vec<PlacedJob>,
        fields: &WalkFields,
    ) -> Result<Vec<WalkedJob>, StoreError> {
        let limit = FetchLimit::USUAL;
        let measured = self.measure_jobs((queue, state), places, fields, limit, ReadBy::Usual);
        let measured = measured.await?;
        places.truncate(measured.places);
        self.fetch_jobs(measured).await
    }

    /// Finds out which fields of each job are to be fetched, and which of the jobs fit together, in order.
    pub(crate) async fn measure_jobs(
        &self,
        (queue, state): (&QueueId, JobState),
        places: &[PlacedJob],
        fields: &WalkFields,
        limit: FetchLimit,
        by: ReadBy,
    ) -> Result<MeasuredJobs, StoreError> {
        let mut jobs = asked_jobs(queue, places);
        let mut pipeline = redis::pipe();
        for job in &jobs {
            for (field, _) in fields.measured() {
                let name = field.stored_names();
                pipeline.cmd("HSTRLEN").arg(&job.key).arg(name);
            }
        }
        let mut sizes = self.read_by(by, false, &mut pipeline).await?.into_iter();
        let (mut bytes, mut fitting) = (0_u64, 0);
        for job in &mut jobs {
            let mut together = bytes;
            for (field, most) in fields.wanted() {
                let size = match may_be_large(field) {
                    true => sizes.next().and_then(reply::number).unwrap_or(0),
                    false => 0,
                };
                if size > most {
                    job.too_large.push((field, StoredValue::TooLarge(size)));
                } else {
                    job.fetched.push(field);
                    together = together.saturating_add(size);
                }
            }
            if together > limit.bytes && (fitting > 0 || !limit.at_least_one) {
                break;
            }
            bytes = together;
            fitting += 1;
        }
        let cut = jobs.get(fitting).map(|job| job.place);
        jobs.truncate(fitting);
        Ok(MeasuredJobs {
            state,
            jobs,
            places: cut.unwrap_or(places.len()),
            bytes,
            by,
            is_bulk: fields.measured().next().is_some(),
        })
    }

    /// Fetches the fields of jobs that were measured.
    pub(crate) async fn fetch_jobs(
        &self,
        measured: MeasuredJobs,
    ) -> Result<Vec<WalkedJob>, StoreError> {
        let MeasuredJobs {
            state,
            jobs,
            by,
            is_bulk,
            ..
        } = measured;
        let mut pipeline = redis::pipe();
        for job in jobs.iter().filter(|job| !job.fetched.is_empty()) {
            ask(&mut pipeline, job);
        }
        let answers = self.read_by(by, is_bulk, &mut pipeline).await?;
        let mut answers = answers.into_iter();
        let walked = jobs.into_iter().map(|job| {
            let mut values = job.too_large;
            if !job.fetched.is_empty() {
                let answer = answers.next().unwrap_or(Value::Nil);
                add_values(&mut values, &job.fetched, answer);
            }
            WalkedJob {
                id: job.id,
                state,
                values,
            }
        });
        Ok(walked.collect())
    }

    async fn read_by(
        &self,
        by: ReadBy,
        is_bulk: bool,
        pipeline: &mut Pipeline,
    ) -> Result<Vec<Value>, StoreError> {
        match (by, is_bulk) {
            (ReadBy::Usual, false) => self.redis.read(pipeline).await,
            (ReadBy::Usual, true) => self.bulk().await.read(pipeline).await,
            (ReadBy::Search, false) => self.searching().read(pipeline).await,
            (ReadBy::Search, true) => self.searching_in_turn().await.read(pipeline).await,
        }
    }
}

fn asked_jobs(queue: &QueueId, places: &[PlacedJob]) -> Vec<AskedJob> {
    let jobs = places
        .iter()
        .enumerate()
        .filter(|(_, place)| !is_marker(&place.id));
    jobs.filter_map(|(place, placed)| {
        let id = JobId::new(placed.id.as_str())?;
        Some(AskedJob {
            place,
            key: keys::of_job(queue, &id),
            id,
            fetched: Vec::new(),
            too_large: Vec::new(),
        })
    })
    .collect()
}

/// Asks for the fields of a job: by HGET where it is one, whose answer is cheaper to read.
fn ask(pipeline: &mut Pipeline, job: &AskedJob) {
    let names = job.fetched.iter().flat_map(|field| field.stored_names());
    let command = match is_one(&job.fetched) {
        true => "HGET",
        false => "HMGET",
    };
    let command = pipeline.cmd(command).arg(&job.key);
    names.fold(command, |command, name| command.arg(name));
}

/// Whether one name stands for all of these fields.
fn is_one(fields: &[JobField]) -> bool {
    matches!(fields, [field] if field.stored_names().len() == 1)
}

/// Adds what was answered for these fields.
fn add_values(values: &mut Vec<(JobField, StoredValue)>, fetched: &[JobField], answer: Value) {
    if is_one(fetched) {
        let bytes = reply::bytes(answer).map(StoredValue::Bytes);
        values.extend(fetched.iter().copied().zip(bytes));
        return;
    }
    let mut answers = reply::items(answer).into_iter();
    for field in fetched {
        let names = field.stored_names().len();
        // Each of the answers is taken, whichever of them holds the value.
        let found = answers.by_ref().take(names).filter_map(reply::bytes);
        let found = found.fold(None, |first: Option<Vec<u8>>, next| first.or(Some(next)));
        values.extend(found.map(|bytes| (*field, StoredValue::Bytes(bytes))));
    }
}
