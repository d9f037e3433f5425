//! Adds a job to a queue, as the queue's own BullMQ does it, and writes the audit entry in the same step.
//!
//! The script leaves in Redis what BullMQ's `queue.add()` leaves (compared with the Node packages 4.18, 5.81 and 6.7 by
//! `tests/bullmq/node/compare_operations.mjs`).

use std::sync::LazyLock;

use redis::Script;

use super::job::{AFTER, BEFORE};
use crate::domain::access::permission::{AddJob, Permission, RunScheduler};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::error::StoreError;
use crate::store::records::audit::add_entry_apart;

static SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("../../records/runs/step.lua"),
        include_str!("scripts/parts/enqueue.lua"),
        include_str!("scripts/parts/all_or_nothing.lua"),
        include_str!("scripts/parts/operation.lua"),
        include_str!("scripts/add.lua")
    ))
});

/// How many parameters the script takes.
const PARAMETERS: usize = 6;

/// A job, ready to be added.
#[derive(Debug)]
pub struct NewJob<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its data, as it is stored.
    pub data: &'a [u8],
    /// Its options, as `JobOptions::pairs` has them.
    pub pairs: &'a str,
    /// Its own id; empty to have one counted.
    pub own_id: &'a str,
    /// When it is added, in Unix milliseconds.
    pub now: u64,
    /// Whether its options were checked for BullMQ 4.
    pub for_bullmq_4: bool,
}

/// The outcome of adding a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddAnswer {
    /// It was added, and the entry is written.
    Added(JobId, JobState),
    /// There is no such queue.
    NoQueue,
    /// There is a job of its id.
    Taken,
    /// The job of this id holds its deduplication id.
    Deduplicated(String),
    /// Its parent does not exist.
    NoParent,
    /// Its parent does not wait for children.
    ParentNotWaiting,
    /// Another BullMQ keeps the queue than the one that its options were checked for.
    OtherVersion,
}

impl Store {
    /// Adds a job to the queue of the entry's permit and writes the entry, or does neither. The script adds the job's id and
    /// state to the entry.
    pub async fn add_job(
        &self,
        entry: &UnrecordedEntry<AddJob>,
        job: &NewJob<'_>,
    ) -> Result<AddAnswer, StoreError> {
        self.add(entry.permit().target(), entry, job).await
    }

    /// The same with the template of the scheduler of the entry's permit.
    pub async fn run_scheduler(
        &self,
        entry: &UnrecordedEntry<RunScheduler>,
        job: &NewJob<'_>,
    ) -> Result<AddAnswer, StoreError> {
        let queue = &entry.permit().target().queue;
        self.add(queue, entry, job).await
    }

    async fn add<A: Permission>(
        &self,
        queue: &QueueId,
        entry: &UnrecordedEntry<A>,
        job: &NewJob<'_>,
    ) -> Result<AddAnswer, StoreError> {
        let whole = entry.as_entry();
        let own_id = job.own_id;
        let mut invocation = SCRIPT.prepare_invoke();
        invocation
            .key(keys::of_queue(queue, own_id))
            .key(keys::of_queue(queue, &format!("{own_id}:lock")));
        for suffix in BEFORE {
            invocation.key(keys::of_queue(queue, suffix));
        }
        invocation.key(keys::of_queue(queue, ""));
        for suffix in AFTER {
            invocation.key(keys::of_queue(queue, suffix));
        }
        invocation
            .key(self.own.audit())
            .key(format!("{}{own_id}", self.own.audit_of_jobs(queue)))
            .key(self.own.audit_change(&whole.event))
            .arg("")
            .arg(self.audit_list_kept())
            .arg("")
            .arg(0)
            .arg(0)
            .arg("");
        invocation
            .arg(PARAMETERS)
            .arg(job.now)
            .arg(job.name)
            .arg(job.data)
            .arg(job.pairs)
            .arg(own_id)
            .arg(u8::from(job.for_bullmq_4));
        add_entry_apart(&mut invocation, whole);
        match self.redis.script::<Vec<String>>(&invocation).await {
            Ok(answer) => read(&answer),
            // The answer was lost: the entry says whether the job was added, and which it is.
            Err(StoreError::Away(cause)) => match self.added_by(whole, job.now).await {
                Some(added) => Ok(added),
                None => Err(StoreError::Away(cause)),
            },
            Err(error) => Err(error),
        }
    }

    /// The job that the entry of a lost answer says was added.
    async fn added_by(&self, entry: &Entry, sent: u64) -> Option<AddAnswer> {
        let recorded = self.audit_event(entry, sent).await.ok()??;
        let job = recorded.entry.job.value()?.clone();
        let state = recorded.entry.state.value().copied();
        Some(AddAnswer::Added(job, state.unwrap_or(JobState::Unknown)))
    }
}

fn read(answer: &[String]) -> Result<AddAnswer, StoreError> {
    let texts: Vec<&str> = answer.iter().map(String::as_str).collect();
    let unexpected = || StoreError::Unexpected(format!("job.add answered {answer:?}"));
    Ok(match texts[..] {
        ["added", id, state] => {
            let id = JobId::new(id).ok_or_else(unexpected)?;
            AddAnswer::Added(id, state.parse().map_err(|_| unexpected())?)
        }
        ["no-queue"] => AddAnswer::NoQueue,
        ["taken"] => AddAnswer::Taken,
        ["deduplicated", id] => AddAnswer::Deduplicated(id.to_owned()),
        ["no-parent"] => AddAnswer::NoParent,
        ["parent-not-waiting"] => AddAnswer::ParentNotWaiting,
        ["other-version"] => AddAnswer::OtherVersion,
        _ => return Err(unexpected()),
    })
}
