//! Finds queues: by a walk through all keys in small steps, and by looking up a name.

use std::time::{Duration, Instant};

use redis::Value;

use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many keys one step of a walk visits. A step occupies Redis for about a third of a millisecond.
pub(crate) const KEYS_A_STEP: u64 = 1000;

/// One step of a walk through the keys.
#[derive(Debug)]
pub struct ScanStep {
    /// The queues that were found.
    pub met: Vec<QueueId>,
    /// The cursor of the next step; `None` at the end of the walk.
    pub next: Option<u64>,
    /// How long its SCAN took, including the round trip.
    pub took: Duration,
}

impl Store {
    /// How many keys there are, and how long the answer took: about one round trip.
    pub async fn key_count(&self) -> Result<(u64, Duration), StoreError> {
        let began = Instant::now();
        let answer = self.walking.command(&redis::cmd("DBSIZE")).await?;
        Ok((reply::number(answer).unwrap_or(0), began.elapsed()))
    }

    /// Takes one step through the keys, from `cursor` on. One walk serves all prefixes.
    pub async fn walk(&self, cursor: u64) -> Result<ScanStep, StoreError> {
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor)
            .arg("MATCH")
            .arg(pattern(&self.prefixes))
            .arg("COUNT")
            .arg(KEYS_A_STEP)
            .arg("TYPE")
            .arg("hash");
        let began = Instant::now();
        let answer = self.walking.command(&scan).await?;
        let took = began.elapsed();
        let mut answer = reply::items(answer).into_iter();
        let next = answer.next().and_then(reply::number).unwrap_or(0);
        let keys = answer.next().map(reply::texts).unwrap_or_default();
        let named = keys.iter().filter_map(|key| self.queue_of(key)).collect();
        Ok(ScanStep {
            met: self.existing(named).await?,
            next: (next != 0).then_some(next),
            took,
        })
    }

    /// The queue whose `meta` this key is, if it is under a configured prefix.
    fn queue_of(&self, key: &str) -> Option<QueueId> {
        let (prefix, name) = key.strip_suffix(":meta")?.rsplit_once(':')?;
        let is_looked_under = self.prefixes.iter().any(|other| other == prefix);
        is_looked_under.then(|| QueueId::new(prefix, name).ok())?
    }

    /// Whether the queue exists.
    pub async fn queue_exists(&self, queue: &QueueId) -> Result<bool, StoreError> {
        Ok(!self.existing(vec![queue.clone()]).await?.is_empty())
    }

    /// The queues of `queues` that exist. A `meta` hash belongs to a queue only if it has `opts.maxLenEvents` or `version`.
    /// One with only `library` is left behind when someone mistypes a queue's name.
    pub async fn existing(&self, mut queues: Vec<QueueId>) -> Result<Vec<QueueId>, StoreError> {
        let mut pipeline = redis::pipe();
        for queue in &queues {
            pipeline
                .cmd("HMGET")
                .arg(keys::of_queue(queue, "meta"))
                .arg(&["opts.maxLenEvents", "version"]);
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        queues.retain(|_| {
            let fields = answers.next();
            matches!(fields, Some(Value::Array(fields)) if fields.iter().any(reply::is_something))
        });
        Ok(queues)
    }
}

/// A pattern for the `meta` keys of queues under `prefixes`; exact if there is only one prefix.
fn pattern(prefixes: &[String]) -> String {
    match prefixes {
        [one] => format!("{}:*:meta", keys::exactly(one)),
        _ => "*:meta".to_owned(),
    }
}
