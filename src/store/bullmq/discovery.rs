//! How queues are found: by a walk through the keys, taken in small steps, and by asking for a queue by its name.

use std::time::{Duration, Instant};

use redis::Value;

use super::keys;
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many keys one step of a walk looks at: it holds Redis up for about a third of a millisecond.
pub(crate) const KEYS_A_STEP: u64 = 1000;

/// One step of a walk through the keys.
#[derive(Debug)]
pub struct ScanStep {
    /// The queues met on it.
    pub met: Vec<QueueId>,
    /// Where the next step begins; `None` at the end of the walk.
    pub next: Option<u64>,
    /// How long its SCAN took, the way to Redis and back included.
    pub took: Duration,
}

impl Store {
    /// How many keys there are, and how long the answer took: about the way to Redis and back.
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

    /// The queue whose `meta` this key is, under one of the prefixes looked under.
    fn queue_of(&self, key: &str) -> Option<QueueId> {
        let (prefix, name) = key.strip_suffix(":meta")?.rsplit_once(':')?;
        let is_looked_under = self.prefixes.iter().any(|other| other == prefix);
        is_looked_under.then(|| QueueId::new(prefix, name).ok())?
    }

    /// Whether there is such a queue.
    pub async fn queue_exists(&self, queue: &QueueId) -> Result<bool, StoreError> {
        Ok(!self.existing(vec![queue.clone()]).await?.is_empty())
    }

    /// Those of `queues` that there are. A `meta` hash is a queue's only with `opts.maxLenEvents` or `version`: one with
    /// `library` alone is left behind by whoever mistyped a queue's name.
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

/// What the `meta` keys of queues under `prefixes` look like: exactly, where there is only one prefix.
fn pattern(prefixes: &[String]) -> String {
    match prefixes {
        [one] => format!("{}:*:meta", keys::exactly(one)),
        _ => "*:meta".to_owned(),
    }
}
