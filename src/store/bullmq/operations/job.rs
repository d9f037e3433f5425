//! Operations on one job. Each is a script of its own that also writes the audit entry.
//!
//! A script leaves in Redis what the same operation of the queue's own BullMQ leaves (compared with the Node packages 4.18,
//! 5.81 and 6.7 by `tests/bullmq/node/compare_operations.mjs`). BullMQ's crate is not used: its retry loses a job that
//! BullMQ 5 paused and BullMQ 6 opened, it refuses jobs with bytes that are not UTF-8 and a prefix with a colon, and it
//! writes to the queue's `meta` (bullmq-official 1.4.4).

use std::sync::LazyLock;

use redis::Script;

use crate::domain::access::permission::Operate;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::job::job_ref::JobRef;
use crate::domain::operations::{JobOperation, Operation};
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::error::StoreError;

/// The code of an operation's script: the common parts, then its own file.
macro_rules! script {
    ($file:literal) => {
        LazyLock::new(|| {
            Script::new(concat!(
                include_str!("enqueue.lua"),
                include_str!("operation.lua"),
                include_str!($file)
            ))
        })
    };
}

static RETRY: LazyLock<Script> = script!("retry.lua");
static PROMOTE: LazyLock<Script> = script!("promote.lua");
static REMOVE: LazyLock<Script> = script!("remove.lua");

fn script_of(operation: Operation) -> &'static Script {
    match operation {
        Operation::Retry => &RETRY,
        Operation::Promote => &PROMOTE,
        Operation::Remove => &REMOVE,
    }
}

/// The keys of the queue before the prefix of the job's keys, in the scripts' order.
const BEFORE: [&str; 9] = [
    "meta",
    "events",
    "wait",
    "paused",
    "active",
    "delayed",
    "prioritized",
    "completed",
    "failed",
];

/// The keys of the queue after it.
const AFTER: [&str; 4] = ["waiting-children", "repeat", "pc", "marker"];

/// The outcome of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operated {
    /// It was done, and the entry is written.
    Done,
    /// There is no such job.
    Gone,
    /// The job is in a state that the operation is not for.
    WrongState,
    /// A worker holds the job's lock.
    Locked,
    /// It is the job that its scheduler continues from.
    Scheduled,
    /// Its data differs from what the entry holds.
    Changed,
}

impl Store {
    /// Does the operation of the entry's permit and writes the entry, or does neither. `parameters` are the script's own.
    pub async fn operate(
        &self,
        entry: &UnrecordedEntry<Operate>,
        parameters: &[&str],
    ) -> Result<Operated, StoreError> {
        let JobOperation { operation, job } = entry.permit().target();
        let JobRef { queue, id } = job;
        let entry = entry.as_entry();
        let mut invocation = script_of(*operation).prepare_invoke();
        invocation
            .key(keys::of_job(queue, id))
            .key(keys::beside_job(queue, id, "lock"));
        for suffix in BEFORE {
            invocation.key(keys::of_queue(queue, suffix));
        }
        invocation.key(keys::beside_job(queue, id, ""));
        for suffix in AFTER {
            invocation.key(keys::of_queue(queue, suffix));
        }
        invocation
            .key(self.own.audit())
            .key(self.own.audit_of(queue, id))
            .key(self.own.audit_change(&entry.event));
        invocation.arg(id.as_str()).arg(self.audit_list_kept());
        invocation.arg(parameters.len()).arg(parameters);
        let (kept, beside) = entry.split();
        invocation.arg(beside.len() * 2);
        for (name, value) in beside {
            invocation.arg(name).arg(value);
        }
        for (name, value) in kept.fields() {
            invocation.arg(name).arg(value);
        }
        match self.redis.script::<i64>(&invocation).await {
            Ok(1 | 2) => Ok(Operated::Done),
            Ok(-1) => Ok(Operated::Gone),
            Ok(-3) => Ok(Operated::WrongState),
            Ok(-6) => Ok(Operated::Locked),
            Ok(-8) => Ok(Operated::Scheduled),
            Ok(-9) => Ok(Operated::Changed),
            Ok(code) => Err(StoreError::Unexpected(format!(
                "{} answered {code}",
                operation.spec().id
            ))),
            // The answer was lost. The operation's own entry says whether it was done.
            Err(StoreError::Away(cause)) => match self.recorded_of_job(queue, id, entry).await {
                Some(_) => Ok(Operated::Done),
                None => Err(StoreError::Away(cause)),
            },
            Err(error) => Err(error),
        }
    }
}
