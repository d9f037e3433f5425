//! What would keep an operation from being done to jobs, for a dry run: only reads, and what they say may change.

use super::job::Operated;
use crate::domain::job::JobId;
use crate::domain::operations::Operation;
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

impl Store {
    /// What keeps each of some jobs, which are in a state that the operation is for; `None` for what nothing does. Data of more
    /// than `most` bytes can't be kept where the job is removed.
    pub async fn hindrances(
        &self,
        queue: &QueueId,
        operation: Operation,
        jobs: &[JobId],
        most: u64,
    ) -> Result<Vec<Option<Operated>>, StoreError> {
        let mut pipeline = redis::pipe();
        for id in jobs {
            let key = keys::of_job(queue, id);
            pipeline.cmd("EXISTS").arg(&key);
            pipeline
                .cmd("EXISTS")
                .arg(keys::beside_job(queue, id, "lock"));
            pipeline.cmd("HSTRLEN").arg(&key).arg("data");
            pipeline.cmd("HGET").arg(&key).arg("rjk");
        }
        let needs_next = operation.spec().on.removes || operation.ends_stuck();
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut found = Vec::with_capacity(jobs.len());
        let mut schedulers = Vec::new();
        for (at, _) in jobs.iter().enumerate() {
            let mut next = || answers.next().unwrap_or_default();
            let (exists, locked) = (reply::is_something(&next()), reply::is_something(&next()));
            let (size, scheduler) = (reply::number(next()).unwrap_or(0), reply::text(next()));
            if let Some(scheduler) = scheduler.filter(|_| needs_next) {
                schedulers.push((at, scheduler));
            }
            found.push(match (exists, locked) {
                (false, _) => Some(Operated::Gone),
                (_, true) => Some(Operated::Locked),
                _ if operation.spec().on.removes && size > most => Some(Operated::TooLarge),
                _ => None,
            });
        }
        let mut pipeline = redis::pipe();
        for (_, scheduler) in &schedulers {
            let key = keys::of_queue(queue, "repeat");
            pipeline.cmd("ZSCORE").arg(key).arg(scheduler);
        }
        let due = self.redis.read(&mut pipeline).await?;
        for ((at, _), due) in schedulers.into_iter().zip(due) {
            let id = jobs[at].as_str();
            let is_next = reply::text(due).is_some_and(|due| id.ends_with(&format!(":{due}")));
            if is_next && id.starts_with("repeat:") && found[at].is_none() {
                found[at] = Some(Operated::Scheduled);
            }
        }
        Ok(found)
    }
}
