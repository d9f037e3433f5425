//! How often signing in failed lately, so that guessing gets slower. Nobody is locked out.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Store, StoreError, reply};

/// How long failures are remembered after the last one.
const REMEMBERED: Duration = Duration::from_secs(15 * 60);

/// How many names memory holds at most; past it the oldest failures are forgotten.
const MOST_IN_MEMORY: usize = 10_000;

/// Failures, counted in Redis, or in memory where nothing may be written.
#[derive(Debug, Default)]
pub struct FailuresInMemory(Mutex<HashMap<String, (u64, Instant)>>);

impl FailuresInMemory {
    /// Counts one more failure of `who`.
    pub fn add(&self, who: &str) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MOST_IN_MEMORY {
            failures.retain(|_, (_, last)| last.elapsed() < REMEMBERED);
            if failures.len() >= MOST_IN_MEMORY {
                failures.clear();
            }
        }
        let (count, last) = failures
            .entry(who.to_owned())
            .or_insert((0, Instant::now()));
        *count += 1;
        *last = Instant::now();
    }

    /// How often `who` failed, and how long ago the last time was.
    pub fn of(&self, who: &str) -> (u64, Duration) {
        let failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failures
            .get(who)
            .map(|(count, last)| (*count, last.elapsed()))
            .filter(|(_, ago)| *ago < REMEMBERED)
            .unwrap_or((0, REMEMBERED))
    }

    /// Forgets the failures of `who`.
    pub fn clear(&self, who: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(who);
    }
}

impl Store {
    /// Counts one more failure of `who` to sign in.
    pub async fn add_sign_in_failure(&self, who: &str) -> Result<(), StoreError> {
        let key = self.own.failures(who);
        let mut transaction = redis::pipe();
        transaction.atomic();
        transaction.cmd("INCR").arg(&key);
        transaction
            .cmd("PEXPIRE")
            .arg(&key)
            .arg(millis(REMEMBERED));
        self.redis.write(&transaction).await
    }

    /// How often `who` failed, and how long ago the last time was.
    pub async fn sign_in_failures(&self, who: &str) -> Result<(u64, Duration), StoreError> {
        let key = self.own.failures(who);
        let mut pipeline = redis::pipe();
        pipeline.cmd("GET").arg(&key);
        pipeline.cmd("PTTL").arg(&key);
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let count = answers.next().and_then(reply::number).unwrap_or(0);
        let left = answers.next().and_then(reply::number).unwrap_or(0);
        Ok((
            count,
            REMEMBERED.saturating_sub(Duration::from_millis(left)),
        ))
    }

    /// Forgets the failures of `who`.
    pub async fn clear_sign_in_failures(&self, who: &str) -> Result<(), StoreError> {
        let mut command = redis::cmd("DEL");
        command.arg(self.own.failures(who));
        self.redis.command(&command).await.map(|_| ())
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
