//! How often signing in was tried lately without success, so that guessing gets slower. Nobody is locked out.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use redis::Script;

use super::{Store, StoreError, reply};

/// How long tries are remembered after the last one.
const REMEMBERED: Duration = Duration::from_secs(15 * 60);

/// How many callers memory holds at most; past it the outdated are forgotten, and then all.
const MOST_IN_MEMORY: usize = 10_000;

/// Counts a try, unless another one was counted since the caller looked: of many at once only one passes.
static COUNT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if tonumber(redis.call('HGET', KEYS[1], 'tries') or '0') ~= tonumber(ARGV[1]) then return 0 end \
         redis.call('HSET', KEYS[1], 'tries', ARGV[1] + 1, 'last', ARGV[2]) \
         redis.call('PEXPIRE', KEYS[1], ARGV[3]) \
         return 1",
    )
});

/// Takes a counted try back.
static TAKE_BACK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if tonumber(redis.call('HGET', KEYS[1], 'tries') or '0') > 0 then redis.call('HINCRBY', KEYS[1], 'tries', -1) end",
    )
});

/// The tries of a caller since their last success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tries {
    /// How many.
    pub count: u64,
    /// When the last was, since the Unix epoch.
    pub last: Duration,
}

/// Where tries are counted: in Redis for all processes, or in memory where nothing may be written.
#[derive(Debug)]
pub enum Throttle {
    /// In Redis.
    Redis(Arc<Store>),
    /// In this process.
    Memory(Mutex<HashMap<String, Tries>>),
}

impl Throttle {
    /// The tries of `who` so far.
    pub async fn tries(&self, who: &str) -> Result<Tries, StoreError> {
        match self {
            Self::Redis(store) => store.tries(who).await,
            Self::Memory(callers) => {
                let callers = callers.lock().unwrap_or_else(PoisonError::into_inner);
                let tries = callers.get(who).copied().unwrap_or_default();
                Ok(if is_outdated(&tries) {
                    Tries::default()
                } else {
                    tries
                })
            }
        }
    }

    /// Counts one more try of `who`, who had `seen` before. False where another one came between: look again.
    pub async fn count(&self, who: &str, seen: Tries) -> Result<bool, StoreError> {
        match self {
            Self::Redis(store) => store.count_try(who, seen).await,
            Self::Memory(callers) => {
                let mut callers = callers.lock().unwrap_or_else(PoisonError::into_inner);
                if callers.len() >= MOST_IN_MEMORY {
                    callers.retain(|_, tries| !is_outdated(tries));
                }
                if callers.len() >= MOST_IN_MEMORY {
                    callers.clear();
                }
                let tries = callers.entry(who.to_owned()).or_default();
                if is_outdated(tries) {
                    *tries = Tries::default();
                }
                let same = tries.count == seen.count;
                if same {
                    *tries = Tries {
                        count: seen.count + 1,
                        last: now(),
                    };
                }
                Ok(same)
            }
        }
    }

    /// Takes back a try of `who` that was counted and succeeded.
    pub async fn take_back(&self, who: &str) -> Result<(), StoreError> {
        match self {
            Self::Redis(store) => {
                let invocation = TAKE_BACK.key(store.own.failures(who));
                store.redis.script(&invocation).await
            }
            Self::Memory(callers) => {
                let mut callers = callers.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(tries) = callers.get_mut(who) {
                    tries.count = tries.count.saturating_sub(1);
                }
                Ok(())
            }
        }
    }

    /// Forgets the tries of `who`.
    pub async fn forget(&self, who: &str) -> Result<(), StoreError> {
        match self {
            Self::Redis(store) => {
                let mut command = redis::cmd("DEL");
                command.arg(store.own.failures(who));
                store.redis.command(&command).await.map(|_| ())
            }
            Self::Memory(callers) => {
                let mut callers = callers.lock().unwrap_or_else(PoisonError::into_inner);
                callers.remove(who);
                Ok(())
            }
        }
    }
}

impl Store {
    async fn tries(&self, who: &str) -> Result<Tries, StoreError> {
        let mut command = redis::cmd("HMGET");
        command.arg(self.own.failures(who)).arg(&["tries", "last"]);
        let mut fields = reply::items(self.redis.command(&command).await?)
            .into_iter()
            .map(|value| reply::number(value).unwrap_or(0));
        Ok(Tries {
            count: fields.next().unwrap_or(0),
            last: Duration::from_millis(fields.next().unwrap_or(0)),
        })
    }

    async fn count_try(&self, who: &str, seen: Tries) -> Result<bool, StoreError> {
        let mut invocation = COUNT.key(self.own.failures(who));
        invocation
            .arg(seen.count)
            .arg(now().as_millis().to_string())
            .arg(REMEMBERED.as_millis().to_string());
        Ok(self.redis.script::<u64>(&invocation).await? == 1)
    }
}

fn is_outdated(tries: &Tries) -> bool {
    now().saturating_sub(tries.last) >= REMEMBERED
}

/// Now, since the Unix epoch.
pub fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
