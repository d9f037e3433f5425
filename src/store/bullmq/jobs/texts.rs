//! A job's large texts.

use super::page::attempts_allowed;
use crate::domain::job::{Job, JobId, JobText, Payload};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// Replies larger than this, in bytes, use the connection for large replies.
const SMALL_REPLY: u64 = 16 * 1024;

impl Store {
    /// The size of one of a job's texts, in bytes.
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

    /// One of a job's texts, in full. `None` if the job does not have it.
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

    pub(crate) async fn load_texts(
        &self,
        queue: &QueueId,
        job: &mut Job,
        fold_above: u64,
    ) -> Result<(), StoreError> {
        let small: Vec<JobText> = JobText::ALL
            .into_iter()
            .filter(|text| (1..=fold_above).contains(&job.text(*text).size()))
            .collect();
        // If the name is too long to be read, its place holds its size.
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
        // A key of another type has none of the texts.
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
