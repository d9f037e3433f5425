//! A job for an edit: the exact bytes of its data, and its state.

use super::location::{JobLocation, ask_standing};
use super::page::{LONGEST_NAME, name_of};
use crate::domain::job::{JobId, JobState, StoredJob};
use crate::domain::queue::QueueId;
use crate::domain::queue::bullmq_version::BullmqVersion;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// What BullMQ reads if a job has no data (4.18 to 6.7).
const ABSENT_DATA: &[u8] = b"{}";

impl Store {
    /// The state of a job and the exact bytes of its data, for an edit. Data of more than `most` bytes is measured and not
    /// read. `None` if the job is gone.
    pub async fn stored_job(
        &self,
        queue: &QueueId,
        id: &JobId,
        most: u64,
    ) -> Result<Option<StoredJob>, StoreError> {
        let key = keys::of_job(queue, id);
        let mut pipeline = redis::pipe();
        ask_standing(&mut pipeline, queue, id);
        pipeline.cmd("HSTRLEN").arg(&key).arg("name");
        pipeline.cmd("HSTRLEN").arg(&key).arg("data");
        pipeline.cmd("HEXISTS").arg(&key).arg("data");
        pipeline.cmd("HGET").arg(&key).arg("rjk");
        pipeline
            .cmd("HMGET")
            .arg(keys::of_queue(queue, "meta"))
            .arg(&["version", "library"]);
        pipeline.cmd("EXISTS").arg(&key);
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let standing = JobLocation::read(&mut answers);
        let mut size = || answers.next().and_then(reply::number).unwrap_or(0);
        let (name_size, size) = (size(), size());
        let has_data = answers.next().is_some_and(|has| reply::is_something(&has));
        let scheduler = answers.next().and_then(reply::text);
        let mut meta = reply::items(answers.next().unwrap_or_default())
            .into_iter()
            .map(reply::text);
        let (version, library) = (meta.next().flatten(), meta.next().flatten());
        if !answers
            .next()
            .is_some_and(|exists| reply::is_something(&exists))
        {
            return Ok(None);
        }
        // A field without a name stands for one that is not read.
        let wanted = [("name", name_size <= LONGEST_NAME), ("data", size <= most)];
        let wanted = wanted.map(|(field, fits)| if fits { field } else { "" });
        let mut command = redis::cmd("HMGET");
        command.arg(&key).arg(&wanted);
        let fields = match wanted[1].is_empty() {
            true => self.redis.command(&command).await?,
            false => self.bulk().await.command(&command).await?,
        };
        let mut fields = reply::items(fields).into_iter();
        let read_name = fields.next().and_then(reply::text);
        let data = fields.next().and_then(reply::bytes);
        if has_data && data.is_none() && size <= most {
            return Ok(None);
        }
        let lacks_data = data.is_none() && !has_data;
        let data = match lacks_data {
            true => ABSENT_DATA.to_vec(),
            false => data.unwrap_or_default(),
        };
        let state = match standing.state {
            JobState::Unknown => self.waiting_state(queue, id).await?.state,
            state => state,
        };
        Ok(Some(StoredJob {
            name: name_of(read_name, name_size),
            size: size.max(data.len() as u64),
            lacks_data,
            data,
            state,
            locked: standing.locked,
            scheduler,
            bull_version: BullmqVersion::parse(version.as_deref(), library.as_deref()),
        }))
    }
}
