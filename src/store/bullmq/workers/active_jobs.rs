//! The active jobs of a queue, with which worker took each.

use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::domain::worker::{ActiveJob, ActiveJobs};
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many active jobs of a queue are read at most.
const MOST: isize = 200;

/// A longer name of a worker is not read, in bytes; its connection could not have it.
const LONGEST_NAME: u64 = 4096;

impl Store {
    /// The active jobs of a queue, the first 200; `None` if the list of them can't be read.
    pub async fn active_jobs(&self, queue: &QueueId) -> Result<Option<ActiveJobs>, StoreError> {
        let list = keys::of_state(queue, JobState::Active);
        let mut ask = redis::pipe();
        ask.cmd("LLEN").arg(&list);
        ask.cmd("LRANGE").arg(&list).arg(0).arg(MOST - 1);
        let mut answers = self.redis.read(&mut ask).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let (total, ids) = (next(), next());
        if reply::is_wrong_type(&total) {
            return Ok(None);
        }
        let ids: Vec<JobId> = reply::texts(ids)
            .into_iter()
            .filter_map(JobId::new)
            .collect();
        let mut ask = redis::pipe();
        for id in &ids {
            let key = keys::of_job(queue, id);
            ask.cmd("HSTRLEN").arg(&key).arg("pb");
            ask.cmd("HGET").arg(&key).arg("processedOn");
            ask.cmd("EXISTS").arg(keys::beside_job(queue, id, "lock"));
        }
        let facts = self.redis.read(&mut ask).await?;
        let names = self.names_of_workers(queue, &ids, &facts).await?;
        let jobs = ids.into_iter().zip(facts.chunks(3)).zip(names);
        let jobs = jobs.map(|((id, facts), worker)| ActiveJob {
            id,
            worker,
            since: facts.get(1).cloned().and_then(reply::number),
            locked: facts.get(2).is_some_and(reply::is_something),
        });
        Ok(Some(ActiveJobs {
            jobs: jobs.collect(),
            total: reply::number(total).unwrap_or(0),
        }))
    }

    /// The names of the workers that took these jobs, where they are measured to be names.
    async fn names_of_workers(
        &self,
        queue: &QueueId,
        ids: &[JobId],
        facts: &[redis::Value],
    ) -> Result<Vec<Option<String>>, StoreError> {
        let sizes = facts.chunks(3).map(|facts| facts.first().cloned());
        let sizes = sizes.map(|size| size.and_then(reply::number).unwrap_or(0));
        let has_name: Vec<bool> = sizes
            .map(|size| (1..=LONGEST_NAME).contains(&size))
            .collect();
        let mut ask = redis::pipe();
        for (id, _) in ids.iter().zip(&has_name).filter(|(_, has_name)| **has_name) {
            ask.cmd("HGET").arg(keys::of_job(queue, id)).arg("pb");
        }
        let mut names = self.redis.read(&mut ask).await?.into_iter();
        let name_of = |has_name: bool| match has_name {
            true => names.next().and_then(reply::text),
            false => None,
        };
        Ok(has_name.into_iter().map(name_of).collect())
    }
}
