//! Creates and changes schedulers, as the queue's own BullMQ does it, and writes the audit entry in the same step.
//!
//! The script leaves in Redis what BullMQ's `queue.upsertJobScheduler()` leaves (compared with the Node packages 5.81 and 6.7 by
//! `tests/bullmq/node/compare_operations.mjs`).

use std::sync::LazyLock;

use redis::Script;

use super::{hash, repeat};
use crate::domain::access::permission::SetScheduler;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::schedulers::scheduler::SchedulerId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::error::StoreError;
use crate::store::records::audit::add_entry_apart;

static SET: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("../operations/scripts/parts/scheduler_revision.lua"),
        include_str!("../operations/scripts/parts/edited_next_job.lua"),
        include_str!("../operations/scripts/parts/enqueue.lua"),
        include_str!("../operations/scripts/parts/all_or_nothing.lua"),
        include_str!("../operations/scripts/set_scheduler.lua")
    ))
});

/// The keys of the queue that the script takes before those of the scheduler.
const SUFFIXES: [&str; 10] = [
    "meta",
    "events",
    "wait",
    "paused",
    "active",
    "delayed",
    "prioritized",
    "marker",
    "id",
    "pc",
];

/// A scheduler, ready to be set up.
#[derive(Debug)]
pub struct NewScheduler<'a> {
    /// Its id.
    pub id: &'a SchedulerId,
    /// The revision that the person saw; `None` to create one.
    pub seen: Option<&'a str>,
    /// The SHA-1 of the edited data of the next job that the person saw and the entry keeps, in hex; empty if it was not edited.
    pub seen_job: &'a str,
    /// The script's plan.
    pub plan: &'a str,
    /// The data of its jobs, as it is stored.
    pub data: &'a [u8],
    /// When it is set up, in Unix milliseconds.
    pub now: u64,
}

/// The outcome of setting up a scheduler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchedulerSet {
    /// It was done, and the entry is written.
    Done,
    /// There is no such queue.
    NoQueue,
    /// BullMQ 4 keeps the queue.
    NotIn4,
    /// There is a scheduler of its id.
    Taken,
    /// There is no such scheduler to change.
    Gone,
    /// It was changed since the person saw it, or the data of its next job was.
    Stale,
    /// There are jobs in all the places of its next runs.
    Busy,
}

impl Store {
    /// Sets up a scheduler in the queue of the entry's permit and writes the entry, or does neither. The script adds the next
    /// job to the entry.
    pub async fn set_scheduler(
        &self,
        entry: &UnrecordedEntry<SetScheduler>,
        scheduler: &NewScheduler<'_>,
    ) -> Result<SchedulerSet, StoreError> {
        let queue = entry.permit().target();
        let whole = entry.as_entry();
        let mut invocation = SET.prepare_invoke();
        for suffix in SUFFIXES {
            invocation.key(keys::of_queue(queue, suffix));
        }
        invocation
            .key(repeat(queue))
            .key(hash(queue, scheduler.id))
            .key(keys::of_queue(queue, ""))
            .key(self.own.audit())
            .key(self.own.audit_change(&whole.event))
            .arg(scheduler.id.as_str())
            .arg(scheduler.seen.unwrap_or_default())
            .arg(scheduler.seen_job)
            .arg(scheduler.now)
            .arg(scheduler.plan)
            .arg(scheduler.data)
            .arg(self.audit_list_kept());
        add_entry_apart(&mut invocation, whole);
        let answer = match self.redis.script::<Vec<String>>(&invocation).await {
            // The answer was lost: the entry says whether it was done.
            Err(StoreError::Away(cause)) => {
                return match self.has_audit_event(whole, scheduler.now).await {
                    Ok(true) => Ok(SchedulerSet::Done),
                    _ => Err(StoreError::Away(cause)),
                };
            }
            answer => answer?,
        };
        Ok(match answer.first().map(String::as_str) {
            Some("set") => SchedulerSet::Done,
            Some("no-queue") => SchedulerSet::NoQueue,
            Some("not-in-4") => SchedulerSet::NotIn4,
            Some("taken") => SchedulerSet::Taken,
            Some("gone") => SchedulerSet::Gone,
            Some("stale") => SchedulerSet::Stale,
            Some("busy") => SchedulerSet::Busy,
            _ => {
                return Err(StoreError::Unexpected(format!(
                    "setting up a scheduler answered {answer:?}"
                )));
            }
        })
    }
}
