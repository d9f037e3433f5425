//! The jobs that could move: those of a state, in the order in which they run, with what a move needs of them.

use std::sync::LazyLock;

use redis::{Script, Value};

use super::{FURTHER, MoveCursor};
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::domain::queue::bullmq_version::BullmqVersion;
use crate::store::Store;
use crate::store::bullmq::counts::is_marker;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

static CANDIDATES: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("candidates.lua")));

/// How many bytes of data are fetched at once; one job's data always is.
const BYTES_AT_ONCE: u64 = 4 * 1024 * 1024;

/// A job that a state lists.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its id.
    pub id: JobId,
    /// The job's name; empty if its hash is gone.
    pub name: String,
    /// The job's data; empty if it was not asked for.
    pub data: Vec<u8>,
}

impl Store {
    /// Up to `count` jobs of a state after those that were passed over, the next to run first; fewer if their data is
    /// wanted and large. Also returns how many places of the state they take, including markers of BullMQ 4; 0 only at its
    /// end.
    pub async fn candidates(
        &self,
        way: MoveCursor<'_>,
        count: u64,
        with_data: bool,
    ) -> Result<(u64, Vec<Candidate>), StoreError> {
        let mut ids = self.ids_to_run(way, count).await?;
        if with_data {
            self.cut_to_size(way.source, &mut ids).await?;
        }
        let places = ids.len() as u64;
        ids.retain(|id| !is_marker(id));
        let mut pipeline = redis::pipe();
        for id in &ids {
            let fields: &[&str] = if with_data {
                &["name", "data"]
            } else {
                &["name"]
            };
            pipeline
                .cmd("HMGET")
                .arg(keys::of_queue(way.source, id))
                .arg(fields);
        }
        let answers = match with_data {
            true => self.bulk().await.read(&mut pipeline).await?,
            false => self.redis.read(&mut pipeline).await?,
        };
        let jobs = ids.into_iter().zip(answers).filter_map(|(id, answer)| {
            let mut fields = reply::items(answer).into_iter();
            Some(Candidate {
                id: JobId::new(id)?,
                name: fields.next().and_then(reply::text).unwrap_or_default(),
                data: fields.next().and_then(reply::bytes).unwrap_or_default(),
            })
        });
        Ok((places, jobs.collect()))
    }

    async fn cut_to_size(&self, queue: &QueueId, ids: &mut Vec<String>) -> Result<(), StoreError> {
        let mut pipeline = redis::pipe();
        for id in ids.iter() {
            pipeline
                .cmd("HSTRLEN")
                .arg(keys::of_queue(queue, id))
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
        ids.truncate(fitting.max(1));
        Ok(())
    }

    async fn ids_to_run(&self, way: MoveCursor<'_>, count: u64) -> Result<Vec<String>, StoreError> {
        let mut invocation = CANDIDATES.prepare_invoke();
        invocation
            .key(keys::of_state(way.source, way.state))
            .arg(u8::from(keys::is_list(way.state)))
            .arg(way.after.map_or("", JobId::as_str))
            .arg(way.past)
            .arg(count.max(1))
            .arg(FURTHER);
        self.redis.script(&invocation).await
    }

    /// The BullMQ version that wrote a queue; `None` if there is no such queue.
    pub async fn bull_version(&self, queue: &QueueId) -> Result<Option<BullmqVersion>, StoreError> {
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("HMGET")
            .arg(keys::of_queue(queue, "meta"))
            .arg(&["version", "library", "opts.maxLenEvents"]);
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let fields = answers.next().map_or_else(Vec::new, reply::items);
        let mut fields = fields.into_iter().map(|field: Value| reply::text(field));
        let mut next = || fields.next().flatten();
        let (version, library, most_events) = (next(), next(), next());
        let exists = version.is_some() || most_events.is_some();
        Ok(exists.then(|| BullmqVersion::parse(version.as_deref(), library.as_deref())))
    }
}
