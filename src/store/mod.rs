//! The only floor that knows Redis and BullMQ.
//!
//! Reads are plain pipelined commands that a Redis user with only read rights may run. They never construct a BullMQ
//! `Queue`, whose constructor writes.
//!
//! A function that changes BullMQ's data, or Bullkeeper's users, pins and runs, takes an
//! [`UnrecordedEntry`](crate::domain::audit::unrecorded::UnrecordedEntry), which only a
//! [`Permit`](crate::domain::access::Permit) makes; its script appends the entry in the same step. A piece of a run takes a
//! [`HeldRun`](records::runs::held::HeldRun) instead, which exists once the run's beginning was recorded. A write that is
//! recorded beforehand would take a [`Recorded`](records::audit::recorded::Recorded); there is none yet. The target comes
//! from the permit. If a second argument names another target, the write is refused, in every build.
//!
//! These write without, since they are not a change that someone asks for: appending an entry, trimming the log by the
//! retention of the settings, sessions and their expiry, drafts of edits, the counters of sign-ins, making the process's own secrets, and
//! what the leading process knows of alerts, and setting its damaged records aside.

pub(crate) mod applied;
pub(crate) mod audit_retention;
pub(crate) mod bullmq;
mod connection;
pub(crate) mod error;
mod hidden_by_policies;
mod policy_files;
pub(crate) mod records;
pub(crate) mod schema_folder;
mod schema_paths;
mod server_state;
pub(crate) mod webhooks;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use crate::domain::stats::histogram::HistogramReading;
use audit_retention::AuditRetention;
use tokio::sync::{Semaphore, SemaphorePermit};

pub(crate) use connection::Redis;
use connection::command_times::CommandTimes;
use error::StoreError;
use records::damaged::counts::SetAside;
use records::keys::OwnKeys;

/// The store: all access to Redis goes through it.
#[derive(Debug)]
pub struct Store {
    redis: Redis,
    /// For replies that may be large: on the other connection, a session's few bytes would wait behind them.
    bulk: Redis,
    bulk_turns: Semaphore,
    /// For the walk through the keys, so that it and other commands do not delay each other.
    walking: Redis,
    /// For searches through jobs, so that no page waits behind what they read.
    for_searches: Redis,
    search_turns: Semaphore,
    searches: bullmq::jobs::searches::Searches,
    times: Arc<CommandTimes>,
    set_aside: SetAside,
    own: OwnKeys,
    prefixes: Vec<String>,
    audit_retention: Option<AuditRetention>,
}

/// How many large replies are in flight at once. Each may have some megabytes, in Redis's output buffer and in memory here.
const BULK_AT_ONCE: usize = 4;

/// How many times as long as another command a large reply may take.
const BULK_PATIENCE: u32 = 2;

/// A turn on the connection for large replies.
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

/// Whether an error is that of a connection that broke while nobody used it. Its next command fails at once, though Redis
/// may be reachable again. Reading twice is safe.
fn is_old_breach(began: Instant) -> bool {
    began.elapsed() < Duration::from_millis(100)
}

/// The options of a store.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Redis's URL in the form of the `redis` crate, with passwords.
    pub url: String,
    /// The certificate authority of a Redis over TLS, in PEM; `None` for the public ones.
    pub certificate_authority: Option<Vec<u8>>,
    /// BullMQ's prefixes under which to look for queues.
    pub prefixes: Vec<String>,
    /// What Bullkeeper's own keys begin with.
    pub namespace: String,
    /// How long one command may take.
    pub timeout: Duration,
    /// The age at which audit entries are trimmed; `None` keeps them forever.
    pub audit_retention: Option<Duration>,
}

impl Store {
    /// Prepares a store. It does not connect yet, so this works while Redis is unreachable.
    pub fn open(options: StoreOptions) -> Result<Self, StoreError> {
        let authority = options.certificate_authority;
        let generation = Arc::new(AtomicU64::new(0));
        let times = Arc::<CommandTimes>::default();
        let open = |timeout| {
            let (generation, times) = (Arc::clone(&generation), Arc::clone(&times));
            Redis::open(&options.url, authority.clone(), timeout, generation, times)
        };
        Ok(Self {
            redis: open(options.timeout)?,
            bulk: open(options.timeout * BULK_PATIENCE)?,
            bulk_turns: Semaphore::new(BULK_AT_ONCE),
            walking: open(options.timeout)?,
            for_searches: open(options.timeout * BULK_PATIENCE)?,
            search_turns: Semaphore::new(BULK_AT_ONCE),
            searches: bullmq::jobs::searches::Searches::default(),
            times: Arc::clone(&times),
            set_aside: SetAside::default(),
            own: OwnKeys::new(&options.namespace),
            prefixes: options.prefixes,
            audit_retention: options.audit_retention.map(AuditRetention::of_settings),
        })
    }

    /// Waits for a turn on the connection for large replies.
    async fn bulk(&self) -> Bulk<'_> {
        Bulk {
            redis: &self.bulk,
            // The semaphore is never closed. Without a permit the command is merely not held back.
            _turn: self.bulk_turns.acquire().await.ok(),
        }
    }

    /// The connection of searches, for small replies.
    fn searching(&self) -> Bulk<'_> {
        Bulk {
            redis: &self.for_searches,
            _turn: None,
        }
    }

    /// Waits for a turn on the connection of searches.
    async fn searching_in_turn(&self) -> Bulk<'_> {
        Bulk {
            redis: &self.for_searches,
            _turn: self.search_turns.acquire().await.ok(),
        }
    }

    /// How long this process's commands took, from sending them to their answer, since it began. Those that wait in Redis for
    /// events are left out.
    pub fn command_times(&self) -> HistogramReading {
        self.times.reading()
    }

    /// BullMQ's prefixes, the default one first.
    pub fn prefixes(&self) -> &[String] {
        &self.prefixes
    }

    /// Checks that Redis answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.redis.command(&redis::cmd("PING")).await.map(|_| ())
    }
}
