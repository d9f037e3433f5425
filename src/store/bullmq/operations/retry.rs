//! BullMQ's own operations on a job: at present, retry.
//!
//! The script beside this file leaves what the retry of the queue's own BullMQ leaves (measured with the Node packages 4.18,
//! 5.81 and 6.7) together with its audit entry. BullMQ's crate is not used for it: its retry loses a job that BullMQ 5 paused
//! and BullMQ 6 opened, refuses jobs with bytes that are not UTF-8 and a prefix with a colon, and writes to the queue's
//! `meta` (bullmq-official 1.4.4).

use std::sync::LazyLock;

use redis::Script;

use crate::domain::access::permission::Retry;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::job::JobRef;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::error::StoreError;
use crate::store::records::audit::add_entry;

static RETRY: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("enqueue.lua"),
        include_str!("retry.lua")
    ))
});

/// The keys of a queue that a retry touches, in the script's order.
const RETRY_KEYS: [&str; 9] = [
    "failed",
    "wait",
    "paused",
    "active",
    "meta",
    "marker",
    "events",
    "prioritized",
    "pc",
];

/// What became of a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retried {
    /// The job is in line again, and the entry is written.
    Done,
    /// There is no such job.
    Gone,
    /// It is not among the failed ones.
    NotFailed,
    /// A worker holds its lock.
    Locked,
}

impl Store {
    /// Puts the failed job that the entry's permit is for back in line, with its attempts made as they are, and writes the
    /// entry; or does neither.
    pub async fn retry(&self, entry: &UnrecordedEntry<Retry>) -> Result<Retried, StoreError> {
        let JobRef { queue, id: job } = entry.permit().target();
        let entry = entry.as_entry();
        let mut invocation = RETRY.prepare_invoke();
        invocation
            .key(keys::of_job(queue, job))
            .key(keys::beside_job(queue, job, "lock"));
        for suffix in RETRY_KEYS {
            invocation.key(keys::of_queue(queue, suffix));
        }
        invocation
            .key(self.own.audit())
            .key(self.own.audit_of(queue, job));
        // Attempts made and started stay as they are, as in BullMQ's own retry.
        invocation.arg(job.as_str()).arg("0").arg("0");
        invocation.arg(self.audit_list_kept());
        add_entry(&mut invocation, entry);
        match self.redis.script::<i64>(&invocation).await {
            Ok(1 | 2) => Ok(Retried::Done),
            Ok(-1) => Ok(Retried::Gone),
            Ok(-3) => Ok(Retried::NotFailed),
            Ok(-6) => Ok(Retried::Locked),
            Ok(code) => Err(StoreError::Unexpected(format!("retry answered {code}"))),
            // The answer was lost: the retry's own entry says whether it was done.
            Err(StoreError::Away(cause)) => match self.recorded_of_job(queue, job, entry).await {
                Some(_) => Ok(Retried::Done),
                None => Err(StoreError::Away(cause)),
            },
            Err(error) => Err(error),
        }
    }
}
