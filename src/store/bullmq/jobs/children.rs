//! A job's children in a flow: how many there are in each status, and some of them.

use redis::Pipeline;

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
        let with_some = || {
            CHILD_STANDINGS
                .into_iter()
                .zip(counts)
                .filter(|(_, n)| *n > 0)
        };
        let mut pipeline = redis::pipe();
        for (standing, _) in with_some() {
            let (suffix, _, sample) = child_keys(standing);
            pipeline
                .cmd(sample)
                .arg(keys::beside_job(queue, &job.id, suffix))
                .arg(CHILDREN_SHOWN);
        }
        let answers = self.redis.read(&mut pipeline).await?;
        for ((standing, count), some) in with_some().zip(answers) {
            job.children_total += count;
            job.children
                .extend(reply::texts(some).iter().filter_map(|key| {
                    let relative = Relative::from_key(key, &self.prefixes)?;
                    Some(Child {
                        relative,
                        standing,
                        state: None,
                        failed: false,
                    })
                }));
        }
        Ok(())
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
