//! The demo's queues, all of one fictional shop, and the options that all their jobs share.

use std::time::Duration;

use bullmq::options::RedisConnectionOptions;
use bullmq::redis_connection::RedisConnection;
use bullmq::{Error, FlowProducer, JobOptions, Queue, QueueOptions};

pub(super) const EMAIL_V1: &str = "email/v1";
pub(super) const EMAIL_V2: &str = "email/v2";
pub(super) const EMAIL_V3: &str = "email/v3";
/// An email of the third version whose address has a comma for a dot.
pub(super) const MISTYPED_EMAIL: &str = "email-7004";
/// How long the jobs that the demo is about may take to fail.
pub(super) const FAILED_WITHIN: Duration = Duration::from_secs(10);
pub(super) const IMAGES: &str = "image-resize/v7";
pub(super) const BILLING: &str = "billing";
/// Three hundred failed at once, since a program wrote their amounts as texts.
pub(super) const REFUNDS: &str = "refunds";
pub(super) const ORDERS: &str = "orders/v1";
pub(super) const WAREHOUSE: &str = "warehouse/v1";
pub(super) const REMINDERS: &str = "reminders";
pub(super) const NEWSLETTER: &str = "newsletter";
pub(super) const RATES: &str = "exchange-rates";
pub(super) const IMPORT: &str = "import/v2";
pub(super) const LEDGER: &str = "ledger";
pub(super) const REPORT_V2: &str = "report/v2";
/// Left behind by a deploy: jobs wait and there is no worker.
pub(super) const REPORT_V1: &str = "report/v1";
/// Drained: a newer version took over long ago.
pub(super) const IMAGES_V6: &str = "image-resize/v6";
pub(super) const PRICING_V1: &str = "pricing/v1";
/// Runs in the shadow of the first: it gets the same orders, and nobody uses its results.
pub(super) const PRICING_V2: &str = "pricing/v2";
/// Jobs are sent to the one, and the workers wait on the other.
pub(super) const CLEANUP: &str = "cleanup_queue";
pub(super) const CANCEL: &str = "cancel_queue";
pub(super) const ODD_SPACES: &str = "spaces ü ?#%[a]{b}";
pub(super) const ODD_MARKUP: &str = "<b>odd</b>/v1";

/// A shared connection to the queues.
#[derive(Clone)]
pub(super) struct Shop {
    connection: RedisConnection,
}

impl Shop {
    /// Connects to the Redis at `url`.
    pub(super) async fn open(url: &str) -> Result<Self, Error> {
        let options = RedisConnectionOptions::new().url(url);
        let connection = RedisConnection::new_managed_only(&options).await?;
        Ok(Self { connection })
    }

    /// The connection options of a worker, which needs a connection of its own to block on.
    pub(super) fn connection_options(&self) -> RedisConnectionOptions {
        self.connection.options().clone()
    }

    /// Opens the queue of this name, creating it.
    pub(super) async fn queue(&self, name: &str) -> Result<Queue, Error> {
        Queue::with_connection(name, self.connection.clone(), QueueOptions::new()).await
    }

    /// The producer of flows.
    pub(super) fn flows(&self) -> Result<FlowProducer, Error> {
        FlowProducer::with_connection(self.connection.clone(), None)
    }

    /// Replaces a job's data by these bytes, which BullMQ might not write and which need not be JSON.
    pub(super) async fn set_raw_data(
        &self,
        queue: &Queue,
        job: &str,
        data: &[u8],
    ) -> Result<(), Error> {
        let key = queue.keys().job_key(job);
        self.connection
            .cmd(redis::cmd("HSET").arg(key).arg("data").arg(data))
            .await
    }

    /// Stores how many jobs of a queue ended in each minute before `now` (Unix milliseconds), the newest minute first, as
    /// BullMQ's workers do.
    pub(super) async fn set_metrics(
        &self,
        queue: &Queue,
        what: &str,
        now: u64,
        minutes: &[u64],
    ) -> Result<(), Error> {
        let metrics = queue.keys().get(&format!("metrics:{what}"));
        let total: u64 = minutes.iter().sum();
        let mut pipe = redis::pipe();
        pipe.hset_multiple(
            &metrics,
            &[("count", total), ("prevTS", now), ("prevCount", total)],
        );
        pipe.rpush(format!("{metrics}:data"), minutes);
        self.connection.pipe::<()>(&pipe).await
    }

    /// Pauses a queue as BullMQ 5 does, which puts its jobs into a list of their own. The crate leaves them where they
    /// wait, as BullMQ 6 does.
    pub(super) async fn pause_as_bullmq_5(&self, queue: &Queue) -> Result<(), Error> {
        let keys = queue.keys();
        let mut pipe = redis::pipe();
        pipe.atomic()
            .rename(keys.wait(), keys.paused())
            .hset(keys.meta(), "paused", 1)
            .hset(keys.meta(), "version", "bullmq:5.81.5");
        self.connection.pipe::<()>(&pipe).await
    }

    /// Stores stack traces with a job as BullMQ for Node does and its Rust crate does not: the last few, in a JSON array.
    pub(super) async fn add_stack_trace(
        &self,
        queue: &Queue,
        job: &str,
        trace: String,
    ) -> Result<(), Error> {
        const KEPT: usize = 5;
        let key = queue.keys().job_key(job);
        let text: Option<String> = self
            .connection
            .cmd(redis::cmd("HGET").arg(&key).arg("stacktrace"))
            .await?;
        let mut traces: Vec<String> = text
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        traces.push(trace);
        let first = traces.len().saturating_sub(KEPT);
        let text = serde_json::to_string(&traces[first..])?;
        self.connection
            .cmd(redis::cmd("HSET").arg(key).arg("stacktrace").arg(text))
            .await
    }

    /// How many jobs of a queue are outstanding: waiting for a worker, a time, or other jobs.
    pub(super) async fn backlog(&self, queue: &Queue) -> Result<u64, Error> {
        let keys = queue.keys();
        let mut pipe = redis::pipe();
        pipe.llen(keys.wait()).llen(keys.paused());
        for key in [keys.prioritized(), keys.delayed(), keys.waiting_children()] {
            pipe.zcard(key);
        }
        let lengths: Vec<u64> = self.connection.pipe(&pipe).await?;
        Ok(lengths.iter().sum())
    }

    /// How many of a queue's jobs failed.
    pub(super) async fn failed(&self, queue: &Queue) -> Result<u64, Error> {
        let mut zcard = redis::cmd("ZCARD");
        self.connection.cmd(zcard.arg(queue.keys().failed())).await
    }
}

/// Options of a job that was added this many minutes ago.
pub(super) fn added_ago(minutes: u64) -> JobOptions {
    let ago = Duration::from_secs(minutes * 60);
    JobOptions::new().timestamp(crate::clock::system_time() - ago)
}
