//! One multiplexed connection that reconnects by itself, and is rebuilt after a failover.

use std::fmt;
use std::sync::RwLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, Pipeline, ScriptInvocation,
    TlsCertificates, Value,
};

use super::StoreError;

/// How long a connection attempt may take. Short, so that a page can say within a second that Redis is away.
const CONNECT_WITHIN: Duration = Duration::from_millis(800);

/// The shared connection to Redis.
pub struct Redis {
    client: Client,
    config: ConnectionManagerConfig,
    manager: RwLock<ConnectionManager>,
    timeout: Duration,
    /// Grows with every connection that was given up after a failover.
    generation: AtomicU64,
}

impl fmt::Debug for Redis {
    // The client's own Debug would print the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redis")
    }
}

impl Redis {
    /// Prepares the connection; it is made with the first command.
    pub fn open(
        url: &str,
        certificate_authority: Option<Vec<u8>>,
        timeout: Duration,
    ) -> Result<Self, StoreError> {
        choose_cryptography();
        let client = match certificate_authority {
            Some(root) => Client::build_with_tls(
                url,
                TlsCertificates {
                    client_tls: None,
                    root_cert: Some(root),
                },
            )?,
            None => Client::open(url)?,
        };
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(timeout))
            .set_connection_timeout(Some(CONNECT_WITHIN))
            // One attempt a command: the next command tries again, and pages don't wait for a back-off.
            .set_number_of_retries(0);
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), config.clone())?;
        Ok(Self {
            client,
            config,
            manager: RwLock::new(manager),
            timeout,
            generation: AtomicU64::new(0),
        })
    }

    /// A connection for commands that wait in Redis for up to `patience`.
    pub(super) async fn waiting_connection(
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

    /// The number of the database that is selected.
    pub(super) fn database(&self) -> i64 {
        let connection = self.client.get_connection_info();
        connection.redis_settings().db()
    }

    /// Another number than before says that connections made before lead to the wrong server.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Runs one command.
    pub async fn command(&self, command: &Cmd) -> Result<Value, StoreError> {
        let mut connection = self.connection();
        let answer = command.query_async(&mut connection).await;
        self.checked(answer)
    }

    /// Runs a pipeline of reads. A key of another type than expected (WRONGTYPE), or one that XINFO misses, answers for
    /// itself alone, so that one odd queue does not take a page down; any other error fails the whole.
    pub async fn read(&self, pipeline: &mut Pipeline) -> Result<Vec<Value>, StoreError> {
        if pipeline.is_empty() {
            return Ok(Vec::new());
        }
        let mut connection = self.connection();
        let answer = pipeline.ignore_errors().query_async(&mut connection).await;
        let values: Vec<Value> = self.checked(answer)?;
        for value in &values {
            if let Value::ServerError(error) = value
                && error.code() != "WRONGTYPE"
                && error.details() != Some("no such key")
            {
                return self.checked(Err(error.clone().into()));
            }
        }
        Ok(values)
    }

    /// Runs a script, loading it where Redis does not know it yet.
    pub async fn script<T: FromRedisValue>(
        &self,
        invocation: &ScriptInvocation<'_>,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection();
        let answer = invocation.invoke_async(&mut connection).await;
        self.checked(answer)
    }

    /// Runs an EVALSHA of a script whose arguments are large, loading it where Redis does not know it yet. An invocation
    /// of the client's own would hold the arguments once more.
    pub(super) async fn evaluate<T: FromRedisValue>(
        &self,
        code: &str,
        evalsha: &Cmd,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection();
        let mut answer = evalsha.query_async(&mut connection).await;
        if matches!(&answer, Err(error) if error.code() == Some("NOSCRIPT")) {
            let mut load = redis::cmd("SCRIPT");
            load.arg("LOAD").arg(code);
            self.command(&load).await?;
            answer = evalsha.query_async(&mut connection).await;
        }
        self.checked(answer)
    }

    fn connection(&self) -> ConnectionManager {
        // A poisoned lock still holds a whole manager: nothing is changed in place.
        self.manager
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }

    /// After a failover the old primary answers READONLY on a connection that stays open, which the manager does not
    /// take for a reason to reconnect (redis 1.8): a new one finds the new primary.
    fn checked<T>(&self, answer: redis::RedisResult<T>) -> Result<T, StoreError> {
        answer.map_err(|error| {
            if error.code() == Some("READONLY")
                && let Ok(fresh) = ConnectionManager::new_lazy_with_config(
                    self.client.clone(),
                    self.config.clone(),
                )
            {
                *self
                    .manager
                    .write()
                    .unwrap_or_else(std::sync::PoisonError::into_inner) = fresh;
                self.generation.fetch_add(1, Ordering::Relaxed);
            }
            StoreError::from(error)
        })
    }
}

/// TLS panics on its first use where the process has not chosen who does its cryptography (rustls 0.23).
fn choose_cryptography() {
    // An error says that it is chosen already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
