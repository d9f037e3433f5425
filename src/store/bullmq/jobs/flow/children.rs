//! A job's children in a flow: how many there are in each status, and some of them.

use redis::{Pipeline, Value};

use crate::domain::job::flow::{Child, ChildStanding, Relative};
use crate::domain::job::{Job, JobId, JobState};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::jobs::location::{JobLocation, ask_standing};
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many children a page shows of each status.
const CHILDREN_SHOWN: u64 = 50;

impl Store {
    /// Samples the children without reading the values of the hashes, which are the children's return values.
    pub(crate) async fn load_children(
        &self,
        queue: &QueueId,
        job: &mut Job,
        counts: [u64; CHILD_STANDINGS.len()],
    ) -> Result<(), StoreError> {
        let mut pipeline = redis::pipe();
        self.ask_some_children(&mut pipeline, queue, &job.id, counts, CHILDREN_SHOWN);
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        job.children_total = counts.iter().sum();
        job.children = self.some_children(counts, &mut answers);
        Ok(())
    }

    /// Asks for up to `width` children of each status that has some.
    pub(crate) fn ask_some_children(
        &self,
        pipeline: &mut Pipeline,
        queue: &QueueId,
        id: &JobId,
        counts: [u64; CHILD_STANDINGS.len()],
        width: u64,
    ) {
        for standing in with_some(counts) {
            let (suffix, _, sample) = child_keys(standing);
            pipeline
                .cmd(sample)
                .arg(keys::beside_job(queue, id, suffix))
                .arg(width);
        }
    }

    /// The children in the answers to [`Self::ask_some_children`].
    pub(crate) fn some_children(
        &self,
        counts: [u64; CHILD_STANDINGS.len()],
        answers: &mut impl Iterator<Item = Value>,
    ) -> Vec<Child> {
        let mut children = Vec::new();
        for standing in with_some(counts) {
            let some = reply::texts(answers.next().unwrap_or_default());
            children.extend(some.iter().filter_map(|key| {
                let relative = Relative::from_key(key, &self.prefixes)?;
                Some(Child {
                    relative,
                    standing,
                    state: None,
                    failed: false,
                })
            }));
        }
        children
    }

    /// Says where the pending ones of `children` are themselves. Waiting ones are not searched for.
    pub async fn find_pending(&self, children: &mut [Child]) -> Result<(), StoreError> {
        let mut pipeline = redis::pipe();
        let mut asked = Vec::new();
        for child in children {
            let Relative { prefix, queue, id } = &child.relative;
            let (Ok(queue), Some(id), ChildStanding::Pending) = (
                QueueId::new(prefix, queue),
                JobId::new(id.as_str()),
                child.standing,
            ) else {
                continue;
            };
            if !self.prefixes.contains(prefix) {
                continue;
            }
            ask_standing(&mut pipeline, &queue, &id);
            asked.push(child);
        }
        if asked.is_empty() {
            return Ok(());
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        for child in asked {
            let state = JobLocation::read(&mut answers).state;
            child.state = (state != JobState::Unknown).then(|| state.name());
            child.failed = state == JobState::Failed;
        }
        Ok(())
    }
}

pub(crate) const CHILD_STANDINGS: [ChildStanding; 4] = [
    ChildStanding::Pending,
    ChildStanding::Done,
    ChildStanding::Ignored,
    ChildStanding::Failed,
];

/// The statuses that some children are in.
fn with_some(counts: [u64; CHILD_STANDINGS.len()]) -> impl Iterator<Item = ChildStanding> {
    let each = CHILD_STANDINGS.into_iter().zip(counts);
    each.filter(|(_, count)| *count > 0)
        .map(|(standing, _)| standing)
}

/// The key of the children in a status, the command that counts them, and the one that samples them.
pub(super) fn child_keys(standing: ChildStanding) -> (&'static str, &'static str, &'static str) {
    match standing {
        ChildStanding::Pending => ("dependencies", "SCARD", "SRANDMEMBER"),
        ChildStanding::Done => ("processed", "HLEN", "HRANDFIELD"),
        ChildStanding::Ignored => ("failed", "HLEN", "HRANDFIELD"),
        ChildStanding::Failed => ("unsuccessful", "ZCARD", "ZRANDMEMBER"),
    }
}

/// Asks how many children there are in each status.
pub(crate) fn ask_children(pipeline: &mut Pipeline, queue: &QueueId, id: &JobId) {
    for standing in CHILD_STANDINGS {
        let (suffix, count, _) = child_keys(standing);
        pipeline.cmd(count).arg(keys::beside_job(queue, id, suffix));
    }
}
