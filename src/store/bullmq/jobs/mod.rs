//! One job: where it stands, its small fields, its large texts up to a size, its relatives and its log.

pub(crate) mod children;
pub(crate) mod log;
pub(crate) mod not_a_job;
pub(crate) mod page;
pub(crate) mod waiting;

use redis::{Pipeline, Value};

use super::keys;
use crate::domain::job::flow::Relative;
use crate::domain::job::{Job, JobId, JobPart, JobState, JobText, Payload, StoredJob};
use crate::domain::queue::QueueId;
use crate::domain::queue::bullmq_version::BullmqVersion;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;
use children::{CHILD_STANDINGS, ask_children};
use page::{LONGEST_NAME, SMALL_FIELDS, attempts_allowed, name_of, summary};

/// Fields of a job's hash that are small in every BullMQ version, beyond a row's.
const MORE_FIELDS: [&str; 9] = [
    "ats",
    "stc",
    "pb",
    "rjk",
    "deid",
    "parentKey",
    "stalledCounter",
    "attemptsStarted",
    "processedBy",
];

/// The sorted sets a job may be in, with its state there.
const SORTED_STATES: [JobState; 5] = [
    JobState::Delayed,
    JobState::Prioritized,
    JobState::WaitingChildren,
    JobState::Completed,
    JobState::Failed,
];

/// Replies above this size, in bytes, take the connection for large ones.
const SMALL_REPLY: u64 = 16 * 1024;

/// What BullMQ reads where a job has no data (4.18 to 6.7).
const ABSENT_DATA: &[u8] = b"{}";

/// BullMQ keeps a delayed job's time in its score as milliseconds × 4096 + a counter (4.18 to 6.7).
const DELAY_SCALE: f64 = 4096.0;

impl Store {
    /// Reads a job. Texts longer than `fold_above` bytes are measured, not fetched. `None` where there is no such job.
    pub async fn job(
        &self,
        queue: &QueueId,
        id: &JobId,
        fold_above: u64,
    ) -> Result<Option<Job>, StoreError> {
        let mut pipeline = redis::pipe();
        ask_standing(&mut pipeline, queue, id);
        ask_fields(&mut pipeline, queue, id);
        ask_children(&mut pipeline, queue, id);
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let standing = JobLocation::read(&mut answers);
        let Some(mut job) = self.read_fields(id, &standing, &mut answers) else {
            return Ok(None);
        };
        let counts = CHILD_STANDINGS.map(|_| {
            let count = answers.next().unwrap_or_default();
            if reply::is_wrong_type(&count) {
                job.cannot_read(JobPart::Children);
            }
            reply::number(count).unwrap_or(0)
        });
        self.load_children(queue, &mut job, counts).await?;
        if job.state == JobState::Unknown {
            let found = self.waiting_state(queue, id).await?;
            (job.state, job.unsearched) = (found.state, found.unsearched);
            if found.wrong_type {
                job.cannot_read(JobPart::State);
            }
        }
        self.load_texts(queue, &mut job, fold_above).await?;
        Ok(Some(job))
    }

    /// Where a job stands and the exact bytes of its data, for an edit. Data of more than `most` bytes is measured and
    /// not read. `None` where the job is gone.
    pub async fn stored_job(
        &self,
        queue: &QueueId,
        id: &JobId,
        most: u64,
    ) -> Result<Option<StoredJob>, StoreError> {
        let key = keys::of_job(queue, id);
        let mut pipeline = redis::pipe();
        ask_standing(&mut pipeline, queue, id);
        pipeline.cmd("HSTRLEN").arg(&key).arg("name");
        pipeline.cmd("HSTRLEN").arg(&key).arg("data");
        pipeline.cmd("HEXISTS").arg(&key).arg("data");
        pipeline.cmd("HGET").arg(&key).arg("rjk");
        pipeline
            .cmd("HMGET")
            .arg(keys::of_queue(queue, "meta"))
            .arg(&["version", "library"]);
        pipeline.cmd("EXISTS").arg(&key);
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let standing = JobLocation::read(&mut answers);
        let mut size = || answers.next().and_then(reply::number).unwrap_or(0);
        let (name_size, size) = (size(), size());
        let has_data = answers.next().is_some_and(|has| reply::is_something(&has));
        let scheduler = answers.next().and_then(reply::text);
        let mut meta = reply::items(answers.next().unwrap_or_default())
            .into_iter()
            .map(reply::text);
        let (version, library) = (meta.next().flatten(), meta.next().flatten());
        if !answers
            .next()
            .is_some_and(|exists| reply::is_something(&exists))
        {
            return Ok(None);
        }
        // A field of no name stands for one that is not to be read.
        let wanted = [("name", name_size <= LONGEST_NAME), ("data", size <= most)];
        let wanted = wanted.map(|(field, fits)| if fits { field } else { "" });
        let mut command = redis::cmd("HMGET");
        command.arg(&key).arg(&wanted);
        let fields = match wanted[1].is_empty() {
            true => self.redis.command(&command).await?,
            false => self.bulk().await.command(&command).await?,
        };
        let mut fields = reply::items(fields).into_iter();
        let read_name = fields.next().and_then(reply::text);
        let data = fields.next().and_then(reply::bytes);
        if has_data && data.is_none() && size <= most {
            return Ok(None);
        }
        let lacks_data = data.is_none() && !has_data;
        let data = match lacks_data {
            true => ABSENT_DATA.to_vec(),
            false => data.unwrap_or_default(),
        };
        let state = match standing.state {
            JobState::Unknown => self.waiting_state(queue, id).await?.state,
            state => state,
        };
        Ok(Some(StoredJob {
            name: name_of(read_name, name_size),
            size: size.max(data.len() as u64),
            lacks_data,
            data,
            state,
            locked: standing.locked,
            scheduler,
            bull_version: BullmqVersion::parse(version.as_deref(), library.as_deref()),
        }))
    }

    /// How many bytes one of a job's texts has.
    pub async fn text_size(
        &self,
        queue: &QueueId,
        id: &JobId,
        text: JobText,
    ) -> Result<u64, StoreError> {
        let mut command = redis::cmd("HSTRLEN");
        command.arg(keys::of_job(queue, id)).arg(text.field());
        Ok(reply::number(self.redis.command(&command).await?).unwrap_or(0))
    }

    /// The whole of one of a job's texts, however large. `None` where the job has none.
    pub async fn job_text(
        &self,
        queue: &QueueId,
        id: &JobId,
        text: JobText,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let mut command = redis::cmd("HGET");
        command.arg(keys::of_job(queue, id)).arg(text.field());
        Ok(reply::bytes(self.bulk().await.command(&command).await?))
    }

    /// Whether what would be a job's hash lies among the keys of another queue: an id may hold colons, and under a
    /// prefix such as `bull:email` the queue `v2` has the keys of a job `v2:…` of `bull`'s queue `email`.
    pub async fn is_another_queues(&self, queue: &QueueId, id: &JobId) -> Result<bool, StoreError> {
        let mut pipeline = redis::pipe();
        for (at, _) in id.as_str().match_indices(':') {
            let inner = &id.as_str()[..at];
            for field in ["opts.maxLenEvents", "version"] {
                pipeline
                    .cmd("HEXISTS")
                    .arg(keys::of_queue(queue, &format!("{inner}:meta")))
                    .arg(field);
            }
        }
        let answers = self.redis.read(&mut pipeline).await?;
        Ok(answers.iter().any(reply::is_something))
    }

    fn read_fields(
        &self,
        id: &JobId,
        standing: &JobLocation,
        answers: &mut impl Iterator<Item = Value>,
    ) -> Option<Job> {
        let mut next = || answers.next().unwrap_or_default();
        let exists = reply::is_something(&next());
        let fields = next();
        let mut unreadable = standing.unreadable();
        if reply::is_wrong_type(&fields) {
            unreadable.push(JobPart::Fields);
        }
        let mut small = reply::items(fields);
        let mut more = small
            .split_off(SMALL_FIELDS.len().min(small.len()))
            .into_iter();
        let mut summary = summary(small);
        let log_lines = next();
        if reply::is_wrong_type(&log_lines) {
            unreadable.push(JobPart::Log);
        }
        let log_lines = reply::number(log_lines).unwrap_or(0);
        let name_size = reply::number(next()).unwrap_or(0);
        summary.name = name_of(None, name_size);
        let sizes = JobText::ALL.map(|_| Payload::Folded(reply::number(next()).unwrap_or(0)));
        let mut field = || more.next().unwrap_or_default();
        let (ats, stc, pb) = (
            reply::number(field()),
            reply::number(field()),
            reply::text(field()),
        );
        let (scheduler, deduplication) = (reply::text(field()), reply::text(field()));
        let parent = reply::text(field());
        let (old_stc, old_ats, old_pb) = (
            reply::number(field()),
            reply::number(field()),
            reply::text(field()),
        );
        exists.then(|| Job {
            id: id.clone(),
            state: standing.state,
            unsearched: false,
            unreadable,
            locked: standing.locked,
            due: standing.due,
            summary,
            texts: sizes,
            attempts_started: ats.or(old_ats).unwrap_or(0),
            stalled: stc.or(old_stc).unwrap_or(0),
            worker: pb.or(old_pb),
            scheduler,
            deduplication,
            parent: parent.and_then(|key| Relative::from_key(&key, &self.prefixes)),
            children: Vec::new(),
            children_total: 0,
            log_lines,
        })
    }

    async fn load_texts(
        &self,
        queue: &QueueId,
        job: &mut Job,
        fold_above: u64,
    ) -> Result<(), StoreError> {
        let small: Vec<JobText> = JobText::ALL
            .into_iter()
            .filter(|text| (1..=fold_above).contains(&job.text(*text).size()))
            .collect();
        // The name's place holds its size where it is too long to be read.
        let names: &[&str] = match job.summary.name.is_empty() {
            true => &["name"],
            false => &[],
        };
        if small.is_empty() && names.is_empty() {
            return Ok(());
        }
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("HMGET")
            .arg(keys::of_job(queue, &job.id))
            .arg(names);
        for text in &small {
            pipeline.arg(text.field());
        }
        let size: u64 = small.iter().map(|text| job.text(*text).size()).sum();
        // A key of another type has none of them.
        let mut values = match size > SMALL_REPLY {
            true => self.bulk().await.read(&mut pipeline).await?,
            false => self.redis.read(&mut pipeline).await?,
        };
        let mut values = reply::items(values.pop().unwrap_or_default()).into_iter();
        if !names.is_empty() {
            job.summary.name = values.next().and_then(reply::text).unwrap_or_default();
        }
        for (text, value) in small.into_iter().zip(values) {
            if let Some(bytes) = reply::bytes(value) {
                job.set_text(text, Payload::Loaded(bytes));
            }
        }
        if let Payload::Loaded(options) = job.text(JobText::Options) {
            job.summary.attempts = attempts_allowed(options);
        }
        Ok(())
    }
}

/// What the sorted sets, the active list and the lock say about a job.
struct JobLocation {
    /// Whether the key of a state holds something else.
    wrong_type: bool,
    state: JobState,
    locked: bool,
    due: Option<u64>,
}

fn ask_standing(pipeline: &mut Pipeline, queue: &QueueId, id: &JobId) {
    for state in SORTED_STATES {
        pipeline
            .cmd("ZSCORE")
            .arg(keys::of_state(queue, state))
            .arg(id.as_str());
    }
    pipeline
        .cmd("LPOS")
        .arg(keys::of_state(queue, JobState::Active))
        .arg(id.as_str());
    pipeline
        .cmd("EXISTS")
        .arg(keys::beside_job(queue, id, "lock"));
}

impl JobLocation {
    fn unreadable(&self) -> Vec<JobPart> {
        match self.wrong_type {
            true => vec![JobPart::State],
            false => Vec::new(),
        }
    }

    fn read(answers: &mut impl Iterator<Item = Value>) -> Self {
        let mut standing = Self {
            wrong_type: false,
            state: JobState::Unknown,
            locked: false,
            due: None,
        };
        for state in SORTED_STATES {
            let score = answers.next().unwrap_or_default();
            standing.wrong_type |= reply::is_wrong_type(&score);
            if let Some(score) = reply::score(score) {
                standing.state = state;
                if state == JobState::Delayed {
                    standing.due = Some((score / DELAY_SCALE) as u64);
                }
            }
        }
        let active = answers.next().unwrap_or_default();
        standing.wrong_type |= reply::is_wrong_type(&active);
        if matches!(active, Value::Int(_)) {
            standing.state = JobState::Active;
        }
        standing.locked = answers
            .next()
            .is_some_and(|lock| reply::is_something(&lock));
        standing
    }
}

fn ask_fields(pipeline: &mut Pipeline, queue: &QueueId, id: &JobId) {
    let key = keys::of_job(queue, id);
    pipeline.cmd("EXISTS").arg(&key);
    pipeline
        .cmd("HMGET")
        .arg(&key)
        .arg(&SMALL_FIELDS)
        .arg(&MORE_FIELDS);
    pipeline
        .cmd("LLEN")
        .arg(keys::beside_job(queue, id, "logs"));
    pipeline.cmd("HSTRLEN").arg(&key).arg("name");
    for text in JobText::ALL {
        pipeline.cmd("HSTRLEN").arg(&key).arg(text.field());
    }
}
