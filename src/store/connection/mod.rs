//! The connection to Redis: multiplexed, it reconnects on its own and is replaced after a failover.

mod client;
pub(crate) mod command_times;
pub(crate) mod error_text;
pub(crate) mod reply;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, Pipeline, Script, ScriptInvocation, Value,
};

use super::error::StoreError;
use client::client;
use command_times::CommandTimes;

/// How long a connection attempt may take. Short, so that a page can say within a second that Redis is unreachable.
const CONNECT_WITHIN: Duration = Duration::from_millis(800);

/// The least time between two attempts at a new connection while the current one is silent.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The shared connection to Redis.
pub(crate) struct Redis {
    client: Client,
    config: ConnectionManagerConfig,
    timeout: Duration,
    times: Arc<CommandTimes>,
    shared: Arc<SharedConnection>,
}

/// The part that an attempt at a new connection, which runs on its own, shares with the connection.
struct SharedConnection {
    /// The connection, and its generation.
    manager: RwLock<(u64, ConnectionManager)>,
    /// Grows when earlier connections are dead or lead to the wrong server. All connections of a store share it.
    generation: Arc<AtomicU64>,
    /// When the newest command that was answered was sent.
    answered: Mutex<Instant>,
    /// Whether a new connection is being tried.
    trying: AtomicBool,
}

/// A command in flight: the generation of its connection, and when it was sent.
#[derive(Clone, Copy)]
struct PendingReply {
    generation: u64,
    at: Instant,
}

impl fmt::Debug for Redis {
    // The client's own Debug would print the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redis")
    }
}

impl Redis {
    /// Prepares the connection. The first command connects it.
    pub(crate) fn open(
        url: &str,
        certificate_authority: Option<Vec<u8>>,
        timeout: Duration,
        generation: Arc<AtomicU64>,
        times: Arc<CommandTimes>,
    ) -> Result<Self, StoreError> {
        let client = client(url, certificate_authority)?;
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(timeout))
            .set_connection_timeout(Some(CONNECT_WITHIN))
            // One attempt for each command: the next command tries again, and pages don't wait for a back-off.
            .set_number_of_retries(0);
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), config.clone())?;
        let of = generation.load(Ordering::Relaxed);
        Ok(Self {
            client,
            config,
            timeout,
            times,
            shared: Arc::new(SharedConnection {
                manager: RwLock::new((of, manager)),
                generation,
                answered: Mutex::new(Instant::now()),
                trying: AtomicBool::new(false),
            }),
        })
    }

    /// A connection for commands that block in Redis for up to `patience`.
    pub(crate) async fn waiting_connection(
        &self,
        patience: Duration,
    ) -> Result<MultiplexedConnection, StoreError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_WITHIN))
            .set_response_timeout(Some(patience + self.timeout));
        let client = &self.client;
        Ok(client
            .get_multiplexed_async_connection_with_config(&config)
            .await?)
    }

    /// The number of the selected database.
    pub(crate) fn database(&self) -> i64 {
        let connection = self.client.get_connection_info();
        connection.redis_settings().db()
    }

    /// A number that changes when earlier connections are dead or lead to the wrong server.
    pub(crate) fn generation(&self) -> u64 {
        self.shared.generation.load(Ordering::Relaxed)
    }

    /// Runs one command.
    pub(crate) async fn command(&self, command: &Cmd) -> Result<Value, StoreError> {
        let (mut connection, asked) = self.connection()?;
        let answer = command.query_async(&mut connection).await;
        self.checked(answer, asked)
    }

    /// Runs a pipeline of reads. A key of another type (WRONGTYPE), or a missing key for XINFO, is an error of its command
    /// only, so that one odd queue does not break a page. Any other error fails the whole pipeline.
    pub(crate) async fn read(&self, pipeline: &mut Pipeline) -> Result<Vec<Value>, StoreError> {
        if pipeline.is_empty() {
            return Ok(Vec::new());
        }
        let (mut connection, asked) = self.connection()?;
        let answer = pipeline.ignore_errors().query_async(&mut connection).await;
        let values: Vec<Value> = self.checked(answer, asked)?;
        for value in &values {
            if let Value::ServerError(error) = value
                && error.code() != "WRONGTYPE"
                && error.details() != Some("no such key")
            {
                return self.checked(Err(error.clone().into()), asked);
            }
        }
        Ok(values)
    }

    /// Runs a pipeline of reads in which an error is that of its command alone.
    pub(crate) async fn each(
        &self,
        pipeline: &mut Pipeline,
    ) -> Result<Vec<Result<Value, StoreError>>, StoreError> {
        let (mut connection, asked) = self.connection()?;
        let answer = pipeline.ignore_errors().query_async(&mut connection).await;
        let values: Vec<Value> = self.checked(answer, asked)?;
        let results = values.into_iter().map(|value| match value {
            Value::ServerError(error) => self.checked(Err(error.into()), asked),
            value => Ok(value),
        });
        Ok(results.collect())
    }

    /// Runs a script, and loads it first if Redis does not know it.
    pub(crate) async fn script<T: FromRedisValue>(
        &self,
        invocation: &ScriptInvocation<'_>,
    ) -> Result<T, StoreError> {
        let (mut connection, asked) = self.connection()?;
        let answer = invocation.invoke_async(&mut connection).await;
        self.checked(answer, asked)
    }

    /// Runs one script several times in one pipeline; other commands of Redis may come between them. An error of one
    /// invocation is that one's result, and leaves the others theirs.
    pub(crate) async fn scripts<T: FromRedisValue>(
        &self,
        script: &Script,
        invocations: &[ScriptInvocation<'_>],
    ) -> Result<Vec<Result<T, StoreError>>, StoreError> {
        if invocations.is_empty() {
            return Ok(Vec::new());
        }
        // It is there from then on, unless Redis is told to forget it: that fails the invocations that come after that.
        let (mut connection, asked) = self.connection()?;
        let loaded = script.prepare_invoke().load_async(&mut connection).await;
        self.checked(loaded, asked)?;
        let mut pipeline = redis::pipe();
        for invocation in invocations {
            pipeline.invoke_script(invocation);
        }
        let results = self.each(&mut pipeline).await?.into_iter();
        let read = |value| Ok(redis::from_redis_value(value).map_err(redis::RedisError::from)?);
        Ok(results.map(|value| value.and_then(read)).collect())
    }

    /// Runs an EVALSHA of a script whose arguments are large, loading it where Redis does not know it yet. An invocation
    /// of the client's own would hold the arguments once more.
    pub(crate) async fn evaluate<T: FromRedisValue>(
        &self,
        code: &str,
        evalsha: &Cmd,
    ) -> Result<T, StoreError> {
        let (mut connection, asked) = self.connection()?;
        let mut answer = evalsha.query_async(&mut connection).await;
        if matches!(&answer, Err(error) if error.code() == Some("NOSCRIPT")) {
            let mut load = redis::cmd("SCRIPT");
            load.arg("LOAD").arg(code);
            self.command(&load).await?;
            answer = evalsha.query_async(&mut connection).await;
        }
        self.checked(answer, asked)
    }

    /// The current connection.
    fn connection(&self) -> Result<(ConnectionManager, PendingReply), StoreError> {
        let generation = self.generation();
        let asked = |generation| PendingReply {
            generation,
            at: Instant::now(),
        };
        // A poisoned lock still holds a whole manager: nothing is changed in place.
        let manager = &self.shared.manager;
        let (of, kept) = manager
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if of == generation {
            return Ok((kept, asked(of)));
        }
        let mut manager = manager.write().unwrap_or_else(PoisonError::into_inner);
        if manager.0 != generation {
            *manager = (generation, self.new_manager()?);
        }
        Ok((manager.1.clone(), asked(manager.0)))
    }

    fn new_manager(&self) -> Result<ConnectionManager, StoreError> {
        let (client, config) = (self.client.clone(), self.config.clone());
        Ok(ConnectionManager::new_lazy_with_config(client, config)?)
    }

    /// Detects the two ways in which a connection becomes useless while it stays open, and on which the manager does not
    /// reconnect (redis 1.8).
    fn checked<T>(
        &self,
        answer: redis::RedisResult<T>,
        asked: PendingReply,
    ) -> Result<T, StoreError> {
        match &answer {
            Err(error) if error.is_timeout() => self.doubt(asked),
            // After a failover the old primary answers as a replica; a new connection finds the new primary.
            Err(error) if error.code() == Some("READONLY") => self.shared.replace(asked.generation),
            Err(error) if error.code().is_none() => {}
            told => {
                if told.is_ok() {
                    self.times.observe(asked.at.elapsed());
                }
                let mut answered = self.shared.answered();
                *answered = (*answered).max(asked.at);
            }
        }
        answer.map_err(StoreError::from)
    }

    /// If a command is overdue and nothing was answered since it was sent, the connection may be dead without an error. A
    /// new connection is tried beside it and takes its place if it answers. If Redis itself hangs, the new one does not
    /// answer, and nothing changes.
    fn doubt(&self, asked: PendingReply) {
        let shared = Arc::clone(&self.shared);
        if *shared.answered() > asked.at || shared.trying.swap(true, Ordering::AcqRel) {
            return;
        }
        let fresh = self.new_manager();
        tokio::spawn(async move {
            let answers = match fresh {
                Ok(mut fresh) => answers(&mut fresh).await,
                Err(_) => false,
            };
            if answers {
                tracing::warn!(
                    "Redis is silent on a connection and answers on a new one, which is used from now on"
                );
                shared.replace(asked.generation);
            } else {
                tokio::time::sleep(TRY_AGAIN_AFTER).await;
            }
            shared.trying.store(false, Ordering::Release);
        });
    }
}

impl SharedConnection {
    fn answered(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives up the connections of `generation`, unless that was done already.
    fn replace(&self, generation: u64) {
        let (old, new) = (generation, generation + 1);
        let order = Ordering::Relaxed;
        // An error means that another command found out first.
        let _ = self.generation.compare_exchange(old, new, order, order);
    }
}

/// Whether Redis answers at all, be it with a refusal.
async fn answers(connection: &mut ConnectionManager) -> bool {
    match redis::cmd("PING").query_async::<Value>(connection).await {
        Ok(_) => true,
        Err(error) => error.code().is_some(),
    }
}
