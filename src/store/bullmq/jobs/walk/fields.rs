//! What is read of the jobs that a walk meets: no more at once than fits.

use redis::Pipeline;

use super::{WalkFields, WalkedJob};
use crate::domain::job::JobId;
use crate::domain::job::cursor::PlacedJob;
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::bullmq::queues::counts::is_marker;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// Data is fetched up to so many bytes at once.
const BYTES_AT_ONCE: u64 = 4 * 1024 * 1024;

/// The longest reason of a failure that is read, in bytes.
const LONGEST_ERROR: u64 = 64 * 1024;

impl Store {
    pub(super) async fn cut_to_size(
        &self,
        queue: &QueueId,
        places: &mut Vec<PlacedJob>,
    ) -> Result<(), StoreError> {
        let mut pipeline = redis::pipe();
        for place in places.iter() {
            pipeline
                .cmd("HSTRLEN")
                .arg(keys::of_queue(queue, &place.id))
                .arg("data");
        }
        let sizes = self.redis.read(&mut pipeline).await?.into_iter();
        let mut together = 0;
        let fitting = sizes
            .map(|size| reply::number(size).unwrap_or(0))
            .take_while(|size| {
                together += size;
                together <= BYTES_AT_ONCE
            })
            .count();
        places.truncate(fitting.max(1));
        Ok(())
    }

    pub(super) async fn walked_jobs(
        &self,
        queue: &QueueId,
        places: &[PlacedJob],
        fields: WalkFields,
    ) -> Result<Vec<WalkedJob>, StoreError> {
        let ids: Vec<JobId> = places
            .iter()
            .filter(|place| !is_marker(&place.id))
            .filter_map(|place| JobId::new(place.id.as_str()))
            .collect();
        let sizes = self.sizes(queue, &ids, fields).await?;
        let mut pipeline = redis::pipe();
        for (id, size) in ids.iter().zip(&sizes) {
            ask_job(&mut pipeline, queue, id, *size, fields);
        }
        let answers = match fields.data.is_some() {
            true => self.bulk().await.read(&mut pipeline).await?,
            false => self.redis.read(&mut pipeline).await?,
        };
        let jobs = ids.into_iter().zip(sizes).zip(answers);
        Ok(jobs
            .map(|((id, [size, _]), answer)| {
                let mut values = reply::items(answer).into_iter();
                let name = values.next().and_then(reply::text).unwrap_or_default();
                let error = values.next().and_then(reply::text).unwrap_or_default();
                let data = values.next().and_then(reply::bytes);
                WalkedJob {
                    id,
                    name,
                    has_data: data.is_some() || size > 0,
                    data: data.unwrap_or_default(),
                    size,
                    error,
                }
            })
            .collect())
    }

    /// How large the data of jobs and the reasons of their failures are, where they are asked for.
    async fn sizes(
        &self,
        queue: &QueueId,
        ids: &[JobId],
        fields: WalkFields,
    ) -> Result<Vec<[u64; 2]>, StoreError> {
        if fields == WalkFields::default() {
            return Ok(vec![[0; 2]; ids.len()]);
        }
        let mut pipeline = redis::pipe();
        for id in ids {
            for field in ["data", "failedReason"] {
                pipeline
                    .cmd("HSTRLEN")
                    .arg(keys::of_job(queue, id))
                    .arg(field);
            }
        }
        let answers = self.redis.read(&mut pipeline).await?;
        let mut sizes = answers
            .into_iter()
            .map(|size| reply::number(size).unwrap_or(0));
        Ok(ids
            .iter()
            .map(|_| [sizes.next().unwrap_or(0), sizes.next().unwrap_or(0)])
            .collect())
    }
}

/// Asks for the name, the error and the data of a job; a field of no name stands for one that is not to be read.
fn ask_job(
    pipeline: &mut Pipeline,
    queue: &QueueId,
    id: &JobId,
    [size, error]: [u64; 2],
    fields: WalkFields,
) {
    let wanted = [
        ("failedReason", fields.error && error <= LONGEST_ERROR),
        ("data", fields.data.is_some_and(|most| size <= most)),
    ];
    let wanted = wanted.map(|(field, wanted)| if wanted { field } else { "" });
    pipeline
        .cmd("HMGET")
        .arg(keys::of_job(queue, id))
        .arg("name")
        .arg(&wanted);
}
