//! One job: its state, its small fields, its large texts up to a size, its relatives and its log.

pub(crate) mod by_id;
pub(crate) mod due;
pub(crate) mod flow;
pub(crate) mod id_collision;
pub(crate) mod location;
pub(crate) mod log;
pub(crate) mod neighbors;
pub(crate) mod not_a_job;
pub(crate) mod page;
pub(crate) mod searches;
pub(crate) mod stored;
pub(crate) mod taking;
pub(crate) mod texts;
pub(crate) mod waiting;
pub(crate) mod walk;

use redis::{Pipeline, Value};

use super::keys;
use crate::domain::job::flow::Relative;
use crate::domain::job::{Job, JobId, JobPart, JobState, JobText, Payload};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;
use flow::children::{CHILD_STANDINGS, ask_children};
use location::{JobLocation, ask_standing};
use page::{SMALL_FIELDS, name_of, summary};

/// Fields of a job's hash, beyond a row's, that are small in every BullMQ version.
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

impl Store {
    /// Reads a job. Texts longer than `fold_above` bytes are measured and not fetched. `None` if there is no such job.
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

    /// Whether there is such a job.
    pub async fn job_exists(&self, queue: &QueueId, id: &JobId) -> Result<bool, StoreError> {
        let mut exists = redis::cmd("EXISTS");
        exists.arg(keys::of_job(queue, id));
        let answer = self.redis.command(&exists).await?;
        Ok(reply::is_something(&answer))
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
