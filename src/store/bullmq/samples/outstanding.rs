//! A sample of a queue's outstanding jobs, or of those of any states, evenly spread over its states, with their data if it is not large.
//!
//! Its cost does not grow with the queue: the number of jobs is bounded, and data is only read once its size is known.

use std::collections::HashSet;

use redis::Pipeline;

use super::finished_times::JOBS_A_PIPELINE;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::jobs::page::{LONGEST_NAME, name_of};
use crate::store::bullmq::keys;
use crate::store::bullmq::queues::counts::is_marker;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many jobs of a state to sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub state: JobState,
    /// How many jobs it holds, as counted before.
    pub of: u64,
    /// How many of them to sample.
    pub jobs: u64,
}

/// A sampled job.
#[derive(Debug, Clone)]
pub struct Outstanding {
    /// The state in which it was listed.
    pub state: JobState,
    /// Its id.
    pub id: JobId,
    /// The job's name.
    pub name: String,
    /// The stored bytes of its data; `None` if they are too large to be read.
    pub data: Option<Vec<u8>>,
}

impl Store {
    /// Jobs, as many of each state as `wanted` says. Data larger than `largest` bytes is not read, and none
    /// after `room` bytes in all. Jobs that are gone by then are left out.
    pub async fn outstanding(
        &self,
        queue: &QueueId,
        wanted: &[Wanted],
        largest: u64,
        mut room: u64,
    ) -> Result<Vec<Outstanding>, StoreError> {
        let ids = self.spread_ids(queue, wanted).await?;
        let mut jobs = Vec::with_capacity(ids.len());
        for some in ids.chunks(JOBS_A_PIPELINE) {
            let mut pipeline = redis::pipe();
            for (_, id) in some {
                let key = keys::of_job(queue, id);
                pipeline.cmd("HSTRLEN").arg(&key).arg("name");
                pipeline.cmd("HSTRLEN").arg(&key).arg("data");
            }
            let mut sizes = self.redis.read(&mut pipeline).await?.into_iter();
            let mut size = || sizes.next().and_then(reply::number).unwrap_or(0);
            let mut to_read = Vec::with_capacity(some.len());
            for (state, id) in some {
                let (name_size, size) = (size(), size());
                let fits = size <= largest.min(room);
                if fits {
                    room -= size;
                }
                to_read.push((*state, id, name_size, fits));
            }
            self.read_jobs(queue, &mut jobs, &to_read).await?;
        }
        Ok(jobs)
    }

    /// Reads the names that are not too long, and the data for which there is room.
    async fn read_jobs(
        &self,
        queue: &QueueId,
        jobs: &mut Vec<Outstanding>,
        to_read: &[(JobState, &JobId, u64, bool)],
    ) -> Result<(), StoreError> {
        let mut pipeline = redis::pipe();
        for (_, id, name_size, fits) in to_read {
            // A field without a name stands for one that is not read.
            let fields = [("name", *name_size <= LONGEST_NAME), ("data", *fits)];
            let fields = fields.map(|(field, read)| if read { field } else { "" });
            let key = keys::of_job(queue, id);
            pipeline.cmd("HMGET").arg(key).arg(&fields);
        }
        let answers = self.bulk().await.read(&mut pipeline).await?;
        for ((state, id, name_size, fits), answer) in to_read.iter().zip(answers) {
            let mut fields = reply::items(answer).into_iter();
            let name = fields.next().and_then(reply::text);
            let data = fields.next().and_then(reply::bytes);
            if name.is_some() || *name_size > LONGEST_NAME {
                jobs.push(Outstanding {
                    state: *state,
                    id: (*id).clone(),
                    name: name_of(name, *name_size),
                    data: fits.then(|| data.unwrap_or_default()),
                });
            }
        }
        Ok(())
    }

    /// Ids of jobs, as many of each state as `wanted` says, evenly spread from one end of the state to the other. A job
    /// that moved between two answers is named once.
    pub(crate) async fn spread_ids(
        &self,
        queue: &QueueId,
        wanted: &[Wanted],
    ) -> Result<Vec<(JobState, JobId)>, StoreError> {
        let mut pipeline = redis::pipe();
        let mut asked = Vec::new();
        for some in wanted {
            ask_spread(&mut pipeline, queue, *some, &mut asked);
        }
        let answers = self.bulk().await.read(&mut pipeline).await?;
        let mut seen = HashSet::new();
        let mut ids = Vec::new();
        for (state, answer) in asked.into_iter().zip(answers) {
            for id in reply::texts(answer) {
                if !is_marker(&id)
                    && seen.insert(id.clone())
                    && let Some(id) = JobId::new(id)
                {
                    ids.push((state, id));
                }
            }
        }
        Ok(ids)
    }
}

/// Asks for some ids of a state: as one range if all are wanted, otherwise one by one. Each of those costs a sorted set the
/// logarithm of its size, and a list one step for every few hundred ids (Redis 7.0).
fn ask_spread(pipeline: &mut Pipeline, queue: &QueueId, some: Wanted, asked: &mut Vec<JobState>) {
    let key = keys::of_state(queue, some.state);
    let command = match keys::is_list(some.state) {
        true => "LRANGE",
        false => "ZRANGE",
    };
    let mut range = |from: u64, to: u64| {
        pipeline.cmd(command).arg(&key).arg(from).arg(to);
        asked.push(some.state);
    };
    match (some.of, some.jobs) {
        (_, 0) => {}
        (all, wanted) if all <= wanted => range(0, wanted - 1),
        (all, wanted) => (0..wanted).for_each(|n| {
            let at = u64::try_from(u128::from(n) * u128::from(all) / u128::from(wanted));
            let at = at.unwrap_or(0).min(u32::MAX.into());
            range(at, at);
        }),
    }
}
