//! The jobs of a flow, a level at a time: what each is called, where it is, and some of its children.

pub(crate) mod below;
pub(crate) mod children;

use redis::Value;

use crate::domain::job::flow::{Child, Relative};
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::jobs::location::{JobLocation, ask_standing};
use crate::store::bullmq::jobs::page::LONGEST_NAME;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;
use children::{CHILD_STANDINGS, ask_children};

/// The longest progress that is read, in bytes.
const LONGEST_PROGRESS: u64 = 60;

/// What is read of each job beside its state and children, with the longest text of each in bytes.
const FIELDS: [(&str, u64); 3] = [
    ("name", LONGEST_NAME),
    ("progress", LONGEST_PROGRESS),
    ("parentKey", 4 * LONGEST_NAME),
];

/// A job of a flow, by itself.
#[derive(Debug)]
pub struct FlowPart {
    /// Whether it exists.
    pub exists: bool,
    /// Its name; empty for a very long one.
    pub name: String,
    /// Its state; `None` where no list but the waiting ones can hold it.
    pub state: Option<JobState>,
    /// Its progress, if that is short.
    pub progress: String,
    /// Its parent.
    pub parent: Option<Relative>,
    /// Some of its children of each status, in the order of their keys.
    pub children: Vec<Child>,
    /// How many children it has.
    pub children_total: u64,
}

impl Store {
    /// Reads jobs of flows in two round trips, each with up to `width` children of each status.
    pub async fn flow_parts(
        &self,
        jobs: &[(QueueId, JobId)],
        width: u64,
    ) -> Result<Vec<FlowPart>, StoreError> {
        let mut pipeline = redis::pipe();
        for (queue, id) in jobs {
            let key = keys::of_job(queue, id);
            pipeline.cmd("EXISTS").arg(&key);
            for (field, _) in FIELDS {
                pipeline.cmd("HSTRLEN").arg(&key).arg(field);
            }
            ask_standing(&mut pipeline, queue, id);
            ask_children(&mut pipeline, queue, id);
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut found = Vec::with_capacity(jobs.len());
        for _ in jobs {
            found.push(Measured::read(&mut answers));
        }
        let mut pipeline = redis::pipe();
        for ((queue, id), measured) in jobs.iter().zip(&found) {
            let wanted = FIELDS.iter().zip(measured.sizes);
            // A field of no name stands for one that is not read.
            let wanted = wanted.map(|((name, most), size)| if size <= *most { name } else { "" });
            pipeline
                .cmd("HMGET")
                .arg(keys::of_job(queue, id))
                .arg(wanted.collect::<Vec<_>>());
            self.ask_some_children(&mut pipeline, queue, id, measured.asked(width), width);
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let parts = found
            .into_iter()
            .map(|measured| self.flow_part(measured, width, &mut answers));
        Ok(parts.collect())
    }

    fn flow_part(
        &self,
        measured: Measured,
        width: u64,
        answers: &mut impl Iterator<Item = Value>,
    ) -> FlowPart {
        let mut fields = reply::items(answers.next().unwrap_or_default()).into_iter();
        let mut field = || fields.next().and_then(reply::text);
        let (name, progress) = (field(), field());
        let parent = field().and_then(|key| Relative::from_key(&key, &self.prefixes));
        let mut children = self.some_children(measured.asked(width), answers);
        children.sort_by(|a, b| a.relative.cmp(&b.relative));
        FlowPart {
            exists: measured.exists,
            name: name.unwrap_or_default(),
            state: measured.state,
            progress: progress.unwrap_or_default(),
            parent,
            children,
            children_total: measured.counts.iter().sum(),
        }
    }
}

/// What the first round trip tells of a job.
struct Measured {
    exists: bool,
    sizes: [u64; FIELDS.len()],
    state: Option<JobState>,
    counts: [u64; CHILD_STANDINGS.len()],
}

impl Measured {
    /// Of which statuses some children are read: none where none are wanted.
    fn asked(&self, width: u64) -> [u64; CHILD_STANDINGS.len()] {
        match width {
            0 => [0; CHILD_STANDINGS.len()],
            _ => self.counts,
        }
    }

    fn read(answers: &mut impl Iterator<Item = Value>) -> Self {
        let exists = answers.next().is_some_and(|one| reply::is_something(&one));
        let sizes = FIELDS.map(|_| answers.next().and_then(reply::number).unwrap_or(0));
        let state = JobLocation::read(answers).state;
        let counts = CHILD_STANDINGS.map(|_| answers.next().and_then(reply::number).unwrap_or(0));
        Self {
            exists,
            sizes,
            state: (state != JobState::Unknown).then_some(state),
            counts,
        }
    }
}
