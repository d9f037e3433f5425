//! The signs by which one sees that a worker took a job again: its lock, and what BullMQ writes when a job begins.

use redis::Value;

use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// The fields that BullMQ changes whenever a worker begins the job: when it began, and the attempts (4; then 5 and 6).
const FIELDS: [&str; 3] = ["processedOn", "attemptsMade", "ats"];

/// How far a worker was with a job at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Taking {
    /// Whether a worker holds its lock.
    pub locked: bool,
    fields: Vec<Value>,
}

impl Store {
    /// How far a worker is with a job.
    pub async fn taking(&self, queue: &QueueId, id: &JobId) -> Result<Taking, StoreError> {
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("EXISTS")
            .arg(keys::beside_job(queue, id, "lock"));
        pipeline
            .cmd("HMGET")
            .arg(keys::of_job(queue, id))
            .arg(&FIELDS);
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        Ok(Taking {
            locked: answers.next().is_some_and(|one| reply::is_something(&one)),
            fields: reply::items(answers.next().unwrap_or_default()),
        })
    }
}
