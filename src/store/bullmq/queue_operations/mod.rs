//! Operations on a queue that one script does, which also writes the audit entry; and the pieces of those that are runs.
//!
//! A script leaves in Redis what the same operation of the queue's own BullMQ leaves, where its head says nothing else
//! (compared with the Node packages 4.18, 5.81 and 6.7 by `tests/bullmq/node/compare_operations.mjs`).

pub(crate) mod delete_jobs;
mod limits;

use std::sync::LazyLock;

use redis::Script;

use super::keys;
use crate::clock::unix_millis;
use crate::domain::access::permission::OperateQueue;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::operations::on_queue::{QueueOperation, QueueTarget};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::records::audit::add_entry;

/// The code of an operation's script: the common parts, then its own file.
macro_rules! script {
    ($file:literal) => {
        LazyLock::new(|| {
            Script::new(concat!(
                include_str!("../operations/scripts/parts/enqueue.lua"),
                include_str!("../operations/scripts/parts/all_or_nothing.lua"),
                include_str!("begin.lua"),
                include_str!($file)
            ))
        })
    };
}

static PAUSE: LazyLock<Script> = script!("pause.lua");
static RESUME: LazyLock<Script> = script!("resume.lua");
static LIMIT_CONCURRENCY: LazyLock<Script> = script!("limit_concurrency.lua");
static LIMIT_RATE: LazyLock<Script> = script!("limit_rate.lua");
static TRIM_EVENTS: LazyLock<Script> = script!("trim_events.lua");
static REMOVE_DEDUPLICATION_KEY: LazyLock<Script> = script!("remove_deduplication_key.lua");

/// The script of an operation; `None` for one that is a run.
fn script_of(operation: QueueOperation) -> Option<&'static Script> {
    Some(match operation {
        QueueOperation::Pause => &PAUSE,
        QueueOperation::Resume => &RESUME,
        QueueOperation::LimitConcurrency => &LIMIT_CONCURRENCY,
        QueueOperation::LimitRate => &LIMIT_RATE,
        QueueOperation::TrimEvents => &TRIM_EVENTS,
        QueueOperation::RemoveDeduplicationKey => &REMOVE_DEDUPLICATION_KEY,
        QueueOperation::Drain | QueueOperation::Clean | QueueOperation::Obliterate => return None,
    })
}

/// The keys of the queue, in the scripts' order; the last one is what they all begin with.
const SUFFIXES: [&str; 9] = [
    "meta",
    "events",
    "wait",
    "paused",
    "active",
    "delayed",
    "prioritized",
    "marker",
    "",
];

/// How often a script is run again that could not gather all waiting jobs in one list: for 20,000 jobs each.
const MOST_AGAIN: usize = 1_000;

/// The outcome of an operation on a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueOperated {
    /// It was done, and the entry is written.
    Done,
    /// There was nothing to change.
    Unchanged,
    /// There is no such queue.
    Gone,
    /// The queue is of BullMQ 4, which has no such thing.
    NotIn4,
}

impl Store {
    /// Does the operation of the entry's permit and writes the entry, or does neither. `parameters` are the script's own.
    pub async fn operate_queue(
        &self,
        entry: &UnrecordedEntry<OperateQueue>,
        parameters: &[String],
    ) -> Result<QueueOperated, StoreError> {
        let QueueTarget { operation, queue } = entry.permit().target();
        let unexpected =
            |what: &str| StoreError::Unexpected(format!("{} {what}", operation.spec().id));
        let script = script_of(*operation).ok_or_else(|| unexpected("has no script"))?;
        let mut invocation = script.prepare_invoke();
        for suffix in SUFFIXES {
            invocation.key(keys::of_queue(queue, suffix));
        }
        invocation.key(self.own.audit());
        invocation.arg(parameters.len()).arg(parameters);
        add_entry(&mut invocation, entry.as_entry());
        let sent = unix_millis();
        for _ in 0..MOST_AGAIN {
            let code = match self.redis.script::<i64>(&invocation).await {
                // The answer was lost: the operation's own entry says whether it was done.
                Err(StoreError::Away(cause)) => {
                    return match self.has_audit_event(entry.as_entry(), sent).await {
                        Ok(true) => Ok(QueueOperated::Done),
                        _ => Err(StoreError::Away(cause)),
                    };
                }
                code => code?,
            };
            match code {
                1 => return Ok(QueueOperated::Done),
                0 => return Ok(QueueOperated::Unchanged),
                -1 => return Ok(QueueOperated::Gone),
                -4 => return Ok(QueueOperated::NotIn4),
                -2 => {}
                code => return Err(unexpected(&format!("answered {code}"))),
            }
        }
        Err(unexpected("did not come to an end"))
    }
}
