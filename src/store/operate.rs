//! BullMQ's own operations on a job: at present, retry.
//!
//! On BullMQ 6 queues the operation is that of BullMQ's crate. Its scripts lose jobs on a paused queue of BullMQ 4
//! or 5, which keeps waiting jobs in another list, and it refuses a prefix that holds a colon, which BullMQ allows:
//! there a script of our own leaves what that BullMQ's own retry leaves (measured with the Node packages 4.18, 5.81
//! and 6.7, and with the crate 1.4.4).

use std::sync::LazyLock;
use std::time::Duration;

use bullmq::options::{RedisConnectionOptions, TlsCerts};
use bullmq::redis_connection::RedisConnection;
use bullmq::{Job, Queue, QueueOptions};
use redis::Script;
use tokio::sync::Mutex;

use super::{Store, StoreError, keys};
use crate::domain::access::Permit;
use crate::domain::bull_version::BullVersion;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;

static RETRY: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("bull_rules.lua"),
        include_str!("retry.lua")
    ))
});

/// What became of a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retried {
    /// The job is in line again.
    Done,
    /// There is no such job.
    Gone,
    /// It is not among the failed ones.
    NotFailed,
    /// A worker holds its lock.
    Locked,
}

/// The connection of BullMQ's crate, made when the first operation needs it: reading never does.
pub struct BullConnection {
    url: String,
    certificate_authority: Option<Vec<u8>>,
    timeout: Duration,
    connection: Mutex<Option<RedisConnection>>,
}

impl std::fmt::Debug for BullConnection {
    // The URL holds the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BullConnection")
    }
}

impl BullConnection {
    /// Remembers where to connect.
    pub fn new(url: &str, certificate_authority: Option<Vec<u8>>, timeout: Duration) -> Self {
        Self {
            url: url.to_owned(),
            certificate_authority,
            timeout,
            connection: Mutex::default(),
        }
    }

    /// The connection, made where there is none.
    async fn connected(&self) -> Result<RedisConnection, StoreError> {
        let mut kept = self.connection.lock().await;
        if let Some(connection) = kept.as_ref() {
            return Ok(connection.clone());
        }
        let options = RedisConnectionOptions {
            url: self.url.clone(),
            tls_certs: self.certificate_authority.clone().map(|root| TlsCerts {
                root_cert: Some(root),
                ..TlsCerts::default()
            }),
            ..RedisConnectionOptions::default()
        };
        let connection = RedisConnection::new_managed_only(&options)
            .await
            .map_err(crate_error)?;
        Ok(kept.insert(connection).clone())
    }

    /// Lets the connection go: the next operation makes another.
    async fn forget(&self) {
        self.connection.lock().await.take();
    }

    /// Opens `queue`, which must exist: the constructor writes to its `meta`.
    async fn queue(&self, queue: &QueueId) -> Result<Queue, StoreError> {
        let connection = self.connected().await?;
        let options = QueueOptions {
            prefix: queue.prefix().to_owned(),
            ..QueueOptions::default()
        };
        Queue::with_connection(queue.name(), connection, options)
            .await
            .map_err(crate_error)
    }

    /// The crate's own time-outs are 10 s and 10 tries; a page must not wait for that. It reads the whole job, which
    /// takes longer than one command with 5 MB of data.
    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(self.timeout * 3, work).await {
            Ok(done) => done,
            Err(_) => {
                // Its connection may be dead without anybody having said so.
                self.forget().await;
                Err(StoreError::Away(
                    "BullMQ's operation did not finish in time".to_owned(),
                ))
            }
        }
    }
}

impl Store {
    /// Puts a failed job back in line, with its attempts made as they are. The caller has written the intent.
    pub async fn retry(
        &self,
        permit: &Permit,
        queue: &QueueId,
        job: &JobId,
        written_by: &BullVersion,
    ) -> Result<Retried, StoreError> {
        debug_assert_eq!(permit.queue(), Some(queue));
        if written_by.pauses_in_place() && !queue.prefix().contains(':') {
            self.operate.in_time(self.retry_v6(queue, job)).await
        } else {
            self.retry_by_script(queue, job).await
        }
    }

    async fn retry_by_script(&self, queue: &QueueId, id: &JobId) -> Result<Retried, StoreError> {
        let mut invocation = RETRY.prepare_invoke();
        invocation
            .key(keys::of_job(queue, id))
            .key(keys::beside_job(queue, id, "lock"));
        for suffix in [
            "failed",
            "wait",
            "paused",
            "active",
            "meta",
            "marker",
            "events",
            "prioritized",
            "pc",
        ] {
            invocation.key(keys::of_queue(queue, suffix));
        }
        // Attempts made and started stay as they are, as in BullMQ's own retry.
        invocation.arg(id.as_str()).arg("0").arg("0");
        match self.redis.script::<i64>(&invocation).await? {
            1 | 2 => Ok(Retried::Done),
            -1 => Ok(Retried::Gone),
            -3 => Ok(Retried::NotFailed),
            -6 => Ok(Retried::Locked),
            code => Err(StoreError::Unexpected(format!("retry answered {code}"))),
        }
    }

    async fn find_v6(&self, queue: &QueueId, id: &JobId) -> Result<Option<Job>, StoreError> {
        let queue = self.operate.queue(queue).await?;
        queue.get_job(id.as_str()).await.map_err(crate_error)
    }

    async fn retry_v6(&self, queue: &QueueId, id: &JobId) -> Result<Retried, StoreError> {
        let found = match self.find_v6(queue, id).await {
            // Nothing was done yet, so asking once more is safe. A connection that broke while nobody used it says so with
            // its next command, and one to a primary that is a replica since a failover stays where it is: a new one
            // goes to where Redis is now.
            Err(StoreError::Away(_) | StoreError::Refused(_)) => {
                self.operate.forget().await;
                self.find_v6(queue, id).await
            }
            found => found,
        };
        let Some(mut job) = found? else {
            return Ok(Retried::Gone);
        };
        match job.retry(JobState::Failed.name(), None).await {
            Ok(()) => Ok(Retried::Done),
            // The crate says the script's code only in its text (bullmq-official 1.4.4).
            Err(error) if error.to_string().ends_with("code -1") => Ok(Retried::Gone),
            Err(error) if error.to_string().ends_with("code -3") => Ok(Retried::NotFailed),
            Err(error) => Err(crate_error(error)),
        }
    }
}

fn crate_error(error: bullmq::Error) -> StoreError {
    match error {
        bullmq::Error::Redis(error) => StoreError::from(error),
        other => StoreError::Unexpected(other.to_string()),
    }
}
