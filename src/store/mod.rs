//! The only place that knows Redis and BullMQ.
//!
//! Reading is plain pipelined commands that a Redis user with read rights alone may run, and never constructs a
//! BullMQ `Queue` (its constructor writes).
//!
//! What changes BullMQ's data, or Bullkeeper's users, pins and runs, takes one of two things. A script that appends its own
//! audit entry in the same step takes an [`UnrecordedEntry`](crate::domain::audit::unrecorded::UnrecordedEntry), which
//! only a [`Permit`](crate::domain::access::Permit) makes. Any other write takes a
//! [`Recorded`](records::audit::recorded::Recorded), or a [`HeldRun`](records::runs::held::HeldRun) as a piece of a run
//! whose beginning was recorded. The target comes from the permit. Where a second argument names it again and
//! differs, the write is refused, in every build.
//!
//! These write without, since they are no change that someone asks for: appending an entry, trimming the log by the
//! retention of the settings, sessions and their expiry, drafts of edits, the counters of sign-ins, and making the process's own secrets.

pub(crate) mod audit_retention;
pub(crate) mod bullmq;
mod connection;
pub(crate) mod error;
pub(crate) mod records;
pub(crate) mod schema_folder;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use audit_retention::AuditRetention;
use tokio::sync::{Semaphore, SemaphorePermit};

pub(crate) use connection::Redis;
use error::StoreError;
use records::keys::OwnKeys;

/// Everything that talks to Redis goes through here.
#[derive(Debug)]
pub struct Store {
    redis: Redis,
    /// For replies that may be large: on the other connection a session's few bytes would wait behind them.
    bulk: Redis,
    bulk_turns: Semaphore,
    /// For the walk through the keys, which waits for nothing else and holds nothing else up.
    walking: Redis,
    searches: bullmq::jobs::searches::Searches,
    own: OwnKeys,
    prefixes: Vec<String>,
    audit_retention: Option<AuditRetention>,
}

/// How many large replies are on their way at once: each may be some megabytes, in Redis's output and in memory here.
const BULK_AT_ONCE: usize = 4;

/// How many times longer than another command a large reply may take.
const BULK_PATIENCE: u32 = 2;

/// One's turn on the connection for large replies.
struct Bulk<'a> {
    redis: &'a Redis,
    _turn: Option<SemaphorePermit<'a>>,
}

impl Bulk<'_> {
    /// Runs one reading command.
    async fn command(&self, command: &redis::Cmd) -> Result<redis::Value, StoreError> {
        let began = Instant::now();
        match self.redis.command(command).await {
            Err(StoreError::Away(_)) if is_old_breach(began) => self.redis.command(command).await,
            answer => answer,
        }
    }

    /// Runs a pipeline of reads.
    async fn read(&self, pipeline: &mut redis::Pipeline) -> Result<Vec<redis::Value>, StoreError> {
        let began = Instant::now();
        match self.redis.read(pipeline).await {
            Err(StoreError::Away(_)) if is_old_breach(began) => self.redis.read(pipeline).await,
            answer => answer,
        }
    }
}

/// A connection that broke while nobody used it says so at once, with its next command; by then Redis may long be back.
/// Reading twice is safe.
fn is_old_breach(began: Instant) -> bool {
    began.elapsed() < Duration::from_millis(100)
}

/// What a store is opened with.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Where Redis is, in the `redis` crate's URL form; passwords included.
    pub url: String,
    /// The certificate authority of a Redis over TLS, in PEM; `None` for the public ones.
    pub certificate_authority: Option<Vec<u8>>,
    /// BullMQ's prefixes to look under.
    pub prefixes: Vec<String>,
    /// The first part of Bullkeeper's own keys.
    pub namespace: String,
    /// How long one command may take.
    pub timeout: Duration,
    /// Audit entries older than this are trimmed; `None` keeps them for ever.
    pub audit_retention: Option<Duration>,
}

impl Store {
    /// Prepares a store. No connection is made yet, so this works while Redis is away.
    pub fn open(options: StoreOptions) -> Result<Self, StoreError> {
        let authority = options.certificate_authority;
        let generation = Arc::new(AtomicU64::new(0));
        let open = |timeout| {
            let generation = Arc::clone(&generation);
            Redis::open(&options.url, authority.clone(), timeout, generation)
        };
        Ok(Self {
            redis: open(options.timeout)?,
            bulk: open(options.timeout * BULK_PATIENCE)?,
            bulk_turns: Semaphore::new(BULK_AT_ONCE),
            walking: open(options.timeout)?,
            searches: bullmq::jobs::searches::Searches::default(),
            own: OwnKeys::new(&options.namespace),
            prefixes: options.prefixes,
            audit_retention: options.audit_retention.map(AuditRetention::of_settings),
        })
    }

    /// The connection for large replies, once it is one's turn.
    async fn bulk(&self) -> Bulk<'_> {
        Bulk {
            redis: &self.bulk,
            // Nobody closes the semaphore; without a permit the command is only not held back.
            _turn: self.bulk_turns.acquire().await.ok(),
        }
    }

    /// BullMQ's prefixes, the default one first.
    pub fn prefixes(&self) -> &[String] {
        &self.prefixes
    }

    /// Asks Redis for a sign of life.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.redis.command(&redis::cmd("PING")).await.map(|_| ())
    }
}
