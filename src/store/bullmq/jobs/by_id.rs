//! Finds which queues have a job with an id, and reads what an answer shows of a job.

use super::location::{JobLocation, ask_standing};
use super::page::{LONGEST_NAME, name_of};
use crate::domain::job::JobState;
use crate::domain::job::job_ref::JobRef;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// What an answer shows of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobGlance {
    /// Its name.
    pub(crate) name: String,
    /// Its state; `None` where only a search of a whole list would tell.
    pub(crate) state: Option<JobState>,
}

impl Store {
    /// Whether there is each of these jobs, with one command for each in one round trip; the caller bounds them. Every job's
    /// hash has `timestamp`, and no other hash of BullMQ's has (4.18 to 6.7).
    pub(crate) async fn are_jobs(&self, jobs: &[JobRef]) -> Result<Vec<bool>, StoreError> {
        let mut pipeline = redis::pipe();
        for job in jobs {
            pipeline
                .cmd("HEXISTS")
                .arg(keys::of_job(&job.queue, &job.id))
                .arg("timestamp");
        }
        let answers = self.redis.read(&mut pipeline).await?;
        Ok(answers.iter().map(reply::is_something).collect())
    }

    /// The name and state of each of these jobs; the caller bounds them.
    pub(crate) async fn glance_at_jobs(
        &self,
        jobs: &[JobRef],
    ) -> Result<Vec<JobGlance>, StoreError> {
        let mut pipeline = redis::pipe();
        for job in jobs {
            ask_standing(&mut pipeline, &job.queue, &job.id);
            let key = keys::of_job(&job.queue, &job.id);
            pipeline.cmd("HSTRLEN").arg(key).arg("name");
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut found: Vec<(u64, JobState)> = Vec::with_capacity(jobs.len());
        let mut names = redis::pipe();
        for job in jobs {
            let state = JobLocation::read(&mut answers).state;
            let size = answers.next().and_then(reply::number).unwrap_or(0);
            // A field without a name stands for one that is not read.
            let field = if size <= LONGEST_NAME { "name" } else { "" };
            let key = keys::of_job(&job.queue, &job.id);
            names.cmd("HGET").arg(key).arg(field);
            found.push((size, state));
        }
        let names = self.redis.read(&mut names).await?;
        let read = found.into_iter().zip(names);
        Ok(read
            .map(|((size, state), name)| JobGlance {
                name: name_of(reply::text(name), size),
                state: (state != JobState::Unknown).then_some(state),
            })
            .collect())
    }
}
