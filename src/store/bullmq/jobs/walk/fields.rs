//! What is read of the jobs that a walk meets: no more at once than fits.

use std::borrow::Cow;

use redis::{Pipeline, Value};
use strum::{EnumCount, VariantArray};

use crate::domain::job::cursor::PlacedJob;
use crate::domain::job::field::{FieldValue, JobField, JobFields};
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::bullmq::queues::counts::is_marker;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// So many bytes of fields are fetched at once; a single job may have more.
const BYTES_AT_ONCE: u64 = 4 * 1024 * 1024;

/// What is read of each job: these fields, each up to so many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WalkFields {
    most: [Option<u64>; JobField::COUNT],
}

impl WalkFields {
    /// The name alone.
    pub fn name() -> Self {
        Self::default().with(JobField::Name, u64::MAX)
    }

    /// These fields, each up to `most` bytes.
    pub fn of(fields: impl IntoIterator<Item = JobField>, most: u64) -> Self {
        let fields = fields.into_iter();
        fields.fold(Self::default(), |all, field| all.with(field, most))
    }

    /// With this field, up to `most` bytes. Fields that are small in every BullMQ version are read whatever they have.
    pub fn with(mut self, field: JobField, most: u64) -> Self {
        self.most[field as usize] = Some(most);
        self
    }

    fn wanted(&self) -> impl Iterator<Item = (JobField, u64)> {
        let all = JobField::VARIANTS.iter().zip(self.most);
        all.filter_map(|(field, most)| Some((*field, most?)))
    }

    /// The fields that are measured before they are fetched.
    fn measured(&self) -> impl Iterator<Item = (JobField, u64)> {
        self.wanted().filter(|(field, _)| may_be_large(*field))
    }
}

/// Whether a field is measured before it is fetched.
fn may_be_large(field: JobField) -> bool {
    matches!(
        field,
        JobField::Data
            | JobField::Options
            | JobField::ReturnValue
            | JobField::FailedReason
            | JobField::Stacktrace
    )
}

/// A job that is listed in a state.
#[derive(Debug, Clone)]
pub struct WalkedJob {
    /// Its id.
    pub id: JobId,
    /// The state that lists it.
    pub state: JobState,
    /// What its hash has of the fields that were asked for.
    values: Vec<(JobField, StoredValue)>,
}

#[derive(Debug, Clone)]
enum StoredValue {
    TooLarge(u64),
    Bytes(Vec<u8>),
}

impl WalkedJob {
    /// What was read of it.
    pub fn fields(&self) -> JobFields<'_> {
        let none = JobFields::new(self.id.as_str(), self.state);
        self.values.iter().fold(none, |fields, (field, value)| {
            fields.with(*field, value.as_field())
        })
    }

    /// What was read of one field.
    pub fn get(&self, field: JobField) -> FieldValue<'_> {
        let value = self.values.iter().find(|(of, _)| *of == field);
        value.map_or(FieldValue::Absent, |(_, value)| value.as_field())
    }

    /// The text of a field; empty where it was not read. Bytes that are not UTF-8 show as U+FFFD.
    pub fn text(&self, field: JobField) -> Cow<'_, str> {
        match self.get(field) {
            FieldValue::Bytes(bytes) => String::from_utf8_lossy(bytes),
            FieldValue::Absent | FieldValue::TooLarge(_) => Cow::Borrowed(""),
        }
    }

    /// Its name; empty where its hash is gone.
    pub fn name(&self) -> Cow<'_, str> {
        self.text(JobField::Name)
    }

    /// The bytes of its data; none where they were not read.
    pub fn data(&self) -> &[u8] {
        match self.get(JobField::Data) {
            FieldValue::Bytes(bytes) => bytes,
            FieldValue::Absent | FieldValue::TooLarge(_) => &[],
        }
    }

    /// How many bytes its data has, where data was asked for.
    pub fn data_size(&self) -> u64 {
        match self.get(JobField::Data) {
            FieldValue::Bytes(bytes) => bytes.len() as u64,
            FieldValue::TooLarge(size) => size,
            FieldValue::Absent => 0,
        }
    }

    /// Takes its data, whose size it no longer knows then; `None` where its hash has none, empty where it was not read.
    pub fn take_data(&mut self) -> Option<Vec<u8>> {
        let at = self
            .values
            .iter()
            .position(|(field, _)| *field == JobField::Data)?;
        match self.values.swap_remove(at).1 {
            StoredValue::Bytes(bytes) => Some(bytes),
            StoredValue::TooLarge(_) => Some(Vec::new()),
        }
    }
}

impl StoredValue {
    fn as_field(&self) -> FieldValue<'_> {
        match self {
            Self::TooLarge(size) => FieldValue::TooLarge(*size),
            Self::Bytes(bytes) => FieldValue::Bytes(bytes),
        }
    }
}

/// A job of a batch, before its values are fetched.
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

impl Store {
    /// The jobs in `places`, with what is asked for of each. Cuts the places to those whose fields fit together, one at least.
    pub(super) async fn walked_jobs(
        &self,
        queue: &QueueId,
        state: JobState,
        places: &mut Vec<PlacedJob>,
        fields: &WalkFields,
    ) -> Result<Vec<WalkedJob>, StoreError> {
        let mut jobs: Vec<AskedJob> = asked_jobs(queue, places);
        self.measure(&mut jobs, places, fields).await?;
        let mut pipeline = redis::pipe();
        for job in jobs.iter().filter(|job| !job.fetched.is_empty()) {
            ask(&mut pipeline, job);
        }
        let answers = match fields.measured().next().is_some() {
            true => self.bulk().await.read(&mut pipeline).await?,
            false => self.redis.read(&mut pipeline).await?,
        };
        let mut answers = answers.into_iter();
        Ok(jobs
            .into_iter()
            .map(|job| {
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
            })
            .collect())
    }

    /// Finds out which fields of each job are to be fetched, and cuts the jobs and places to those that fit.
    async fn measure(
        &self,
        jobs: &mut Vec<AskedJob>,
        places: &mut Vec<PlacedJob>,
        fields: &WalkFields,
    ) -> Result<(), StoreError> {
        let measured: Vec<(JobField, u64)> = fields.measured().collect();
        let mut pipeline = redis::pipe();
        for job in jobs.iter() {
            for (field, _) in &measured {
                let name = field.stored_names();
                pipeline.cmd("HSTRLEN").arg(&job.key).arg(name);
            }
        }
        let mut sizes = self.redis.read(&mut pipeline).await?.into_iter();
        let mut together = 0_u64;
        let mut fitting = 0;
        for job in jobs.iter_mut() {
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
            if together > BYTES_AT_ONCE && fitting > 0 {
                break;
            }
            fitting += 1;
        }
        if let Some(first_left) = jobs.get(fitting) {
            places.truncate(first_left.place);
            jobs.truncate(fitting);
        }
        Ok(())
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

fn ask(pipeline: &mut Pipeline, job: &AskedJob) {
    let names = job.fetched.iter().flat_map(|field| field.stored_names());
    let command = pipeline.cmd("HMGET").arg(&job.key);
    names.fold(command, |command, name| command.arg(name));
}

/// Adds what HMGET answered for these fields.
fn add_values(values: &mut Vec<(JobField, StoredValue)>, fetched: &[JobField], answer: Value) {
    let mut answers = reply::items(answer).into_iter();
    for field in fetched {
        let names = field.stored_names().len();
        // Each of the answers is taken, whichever of them holds the value.
        let found: Vec<Value> = answers.by_ref().take(names).collect();
        if let Some(bytes) = found.into_iter().find_map(reply::bytes) {
            values.push((*field, StoredValue::Bytes(bytes)));
        }
    }
}
