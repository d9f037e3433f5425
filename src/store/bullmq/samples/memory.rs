//! Estimates the Redis memory of a queue: measures a few jobs of each state, and its other keys.

use redis::{Pipeline, Value};

use super::outstanding::Wanted;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::{Counts, QueueId};
use crate::domain::stats::memory::Memory;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many jobs of each state are measured. With fewer, one large job in a hundred would often be missed.
pub(crate) const WEIGHED_A_STATE: u64 = 100;

/// Keys of a queue, beside its states, jobs and events, that can be large.
const OTHERS: [&str; 9] = [
    "meta",
    "id",
    "pc",
    "marker",
    "stalled",
    "repeat",
    "limiter",
    "metrics:completed:data",
    "metrics:failed:data",
];

impl Store {
    /// An estimate of the bytes that a queue with these counts takes. `None` if Redis does not let this user ask (MEMORY
    /// USAGE). Schedulers, locks and deduplication keys are left out.
    pub async fn memory(
        &self,
        queue: &QueueId,
        counts: &Counts,
    ) -> Result<Option<Memory>, StoreError> {
        match self.weigh(queue, counts).await {
            Ok(memory) => Ok(Some(memory)),
            Err(StoreError::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn weigh(&self, queue: &QueueId, counts: &Counts) -> Result<Memory, StoreError> {
        let wanted = JobState::KEPT.map(|state| Wanted {
            state,
            of: counts.of(state),
            jobs: counts.of(state).min(WEIGHED_A_STATE),
        });
        let ids = self.spread_ids(queue, &wanted).await?;
        let mut pipeline = redis::pipe();
        for state in JobState::KEPT {
            ask(&mut pipeline, &keys::of_state(queue, state));
        }
        for other in OTHERS {
            ask(&mut pipeline, &keys::of_queue(queue, other));
        }
        ask(&mut pipeline, &keys::of_queue(queue, "events"));
        for (_, id) in &ids {
            ask_job(&mut pipeline, queue, id);
        }
        let answers = self.bulk().await.read(&mut pipeline).await?;
        let mut bytes = answers.into_iter().map(weight);
        let states_and_others = JobState::KEPT.len() + OTHERS.len();
        let other = bytes.by_ref().take(states_and_others).sum();
        let mut memory = Memory::new(bytes.next().unwrap_or(0), other);
        for (state, _) in &ids {
            let job = bytes.by_ref().take(KEYS_A_JOB).sum();
            memory.weighed(*state, job);
        }
        memory.scale(counts);
        Ok(memory)
    }
}

fn ask(pipeline: &mut Pipeline, key: &str) {
    pipeline.cmd("MEMORY").arg("USAGE").arg(key);
}

/// A job's hash and its log.
const KEYS_A_JOB: usize = 2;

/// All fields of a hash are measured (`SAMPLES 0`): they are few, and one of them may have megabytes.
fn ask_job(pipeline: &mut Pipeline, queue: &QueueId, id: &JobId) {
    let hash = keys::of_job(queue, id);
    pipeline
        .cmd("MEMORY")
        .arg("USAGE")
        .arg(hash)
        .arg("SAMPLES")
        .arg(0);
    ask(pipeline, &keys::beside_job(queue, id, "logs"));
}

/// The bytes of a key; 0 if it does not exist.
fn weight(answer: Value) -> u64 {
    reply::number(answer).unwrap_or(0)
}
