//! Moves jobs from one queue to another, and checks whether they could move; both share one script.
//!
//! BullMQ has no operation for it. The script leaves in both queues what BullMQ's own remove and add would (5.81 and 6.7).
//! It keeps the job's own key with all it holds, and does so in one step with the job's audit entry.

use base16ct::lower::encode_string;
use std::sync::LazyLock;

use redis::{Script, ScriptInvocation};
use sha1::{Digest, Sha1};

use super::jobs::walk::FURTHER;
use super::keys;
use crate::domain::access::permission::MoveJobs;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::domain::versions::move_jobs::SkipReason;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::records::millis::millis;
use crate::store::records::runs::LEASE;
use crate::store::records::runs::held::HeldRun;

static LOOK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("check.lua"),
        include_str!("dry_run.lua")
    ))
});
static MOVE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("../../records/runs/step.lua"),
        include_str!("../operations/scripts/parts/enqueue.lua"),
        include_str!("check.lua"),
        include_str!("move.lua")
    ))
});

/// From which queue to which, out of which state, and how many of its jobs were passed over before these.
#[derive(Debug, Clone, Copy)]
pub struct MoveWay<'a> {
    /// The queue the jobs are in.
    pub source: &'a QueueId,
    /// The queue they are to go to.
    pub target: &'a QueueId,
    /// The state that the jobs are in, as the queue keeps it.
    pub state: JobState,
    /// How many jobs of the state were passed over.
    pub past: u64,
}

/// A job to be moved.
#[derive(Debug)]
pub struct JobMove {
    /// The job.
    pub id: JobId,
    /// The bytes that its data must still be; `None` if any will do.
    pub seen: Option<Vec<u8>>,
    /// The new data, if it changes.
    pub after: Option<String>,
    /// Its audit entry; the script adds the job's id in the target.
    pub entry: UnrecordedEntry<MoveJobs>,
}

/// The outcome for a job, real or predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveOutcome {
    /// It is in the target, or could be.
    Moves,
    /// It has left its state.
    Gone,
    /// It is skipped.
    Stays(SkipReason),
}

/// The outcome of a batch.
#[derive(Debug)]
pub enum BatchOutcome {
    /// This process does not hold the run, or the run was told to stop; nothing was done.
    Halted,
    /// The outcome of each job, up to the one that Redis refused, which was taken back.
    Processed {
        /// The outcomes, in the order of the batch.
        fates: Vec<MoveOutcome>,
        /// What Redis refused; empty if nothing.
        refused: String,
    },
}

impl Store {
    /// Whether each of some jobs could move. Changes nothing.
    pub async fn could_move(
        &self,
        way: MoveWay<'_>,
        jobs: &[JobId],
    ) -> Result<Vec<MoveOutcome>, StoreError> {
        let mut invocation = LOOK.prepare_invoke();
        // The key selects the cluster slot; the script builds the others from their prefixes.
        invocation.key(keys::of_queue(way.source, "meta"));
        add_way(&mut invocation, way);
        for id in jobs {
            invocation.arg(id.as_str()).arg(u8::from(id.is_counted()));
        }
        let answer: Vec<String> = self.redis.script(&invocation).await?;
        fates(&answer)
    }

    /// Moves jobs between the queues of a run, as one piece of it, each with its audit entry.
    pub async fn move_jobs(
        &self,
        held: &HeldRun<MoveJobs>,
        way: MoveWay<'_>,
        now: u64,
        jobs: &[JobMove],
    ) -> Result<BatchOutcome, StoreError> {
        check(held, way, jobs)?;
        let lease = held.lease();
        let mut invocation = MOVE.prepare_invoke();
        invocation
            .key(self.own.run(lease.run.as_str()))
            .key(self.own.run_lease(lease.run.as_str()))
            .key(self.own.audit())
            .key(keys::of_queue(way.source, "meta"))
            .key(keys::of_queue(way.target, "meta"));
        add_way(&mut invocation, way);
        invocation
            .arg(&lease.token)
            .arg(millis(LEASE))
            .arg(now)
            .arg(self.audit_list_kept())
            .arg(self.own.audit_of_jobs(way.source))
            .arg(self.own.audit_of_jobs(way.target))
            .arg(self.own.audit_change(""));
        for job in jobs {
            add_job(&mut invocation, job);
        }
        let answer: Vec<String> = self.redis.script(&invocation).await?;
        match answer.split_first() {
            Some((first, _)) if first == "halted" => Ok(BatchOutcome::Halted),
            Some((first, rest)) if first == "went" => match rest.split_first() {
                Some((refused, codes)) => Ok(BatchOutcome::Processed {
                    fates: fates(codes)?,
                    refused: refused.clone(),
                }),
                None => Err(StoreError::Unexpected("moving answered too little".into())),
            },
            _ => Err(StoreError::Unexpected(format!(
                "moving answered {answer:?}"
            ))),
        }
    }
}

/// Refuses a batch that is not of the run's two queues, and a job with the entry of another.
fn check(held: &HeldRun<MoveJobs>, way: MoveWay<'_>, jobs: &[JobMove]) -> Result<(), StoreError> {
    let run = held.run();
    if (way.source, Some(way.target)) != (&run.source, run.target.as_ref()) {
        return Err(StoreError::Unexpected(format!(
            "a batch of the run {} is of other queues",
            run.id
        )));
    }
    for job in jobs {
        let entry = job.entry.as_entry();
        let queue = job.entry.permit().target();
        if queue != &run.source || entry.job != job.id || entry.run != run.id {
            return Err(StoreError::Unexpected(format!(
                "the entry of the job {:?} in the run {} is of another",
                job.id.as_str(),
                run.id
            )));
        }
    }
    Ok(())
}

fn add_way(invocation: &mut ScriptInvocation<'_>, way: MoveWay<'_>) {
    let suffix = match way.state {
        JobState::Waiting => "wait",
        other => other.name(),
    };
    invocation
        .arg(keys::of_queue(way.source, ""))
        .arg(keys::of_queue(way.target, ""))
        .arg(suffix)
        .arg(way.past + FURTHER);
}

fn add_job(invocation: &mut ScriptInvocation<'_>, job: &JobMove) {
    let whole = job.entry.as_entry();
    let (entry, apart) = whole.split();
    // Redis's Lua has no other digest (7.0).
    let seen = job
        .seen
        .as_deref()
        .map(|data| encode_string(&Sha1::digest(data)));
    invocation
        .arg(job.id.as_str())
        .arg(u8::from(job.id.is_counted()))
        .arg(seen.unwrap_or_default())
        .arg(if job.after.is_some() { "1" } else { "0" })
        .arg(job.after.as_deref().unwrap_or_default())
        .arg(&whole.event);
    let fields = entry.fields();
    invocation.arg(fields.len() * 2);
    for (name, value) in fields {
        invocation.arg(name).arg(value);
    }
    invocation.arg(apart.len() * 2);
    for (name, value) in &apart {
        invocation.arg(*name).arg(value.as_slice());
    }
}

fn fates(codes: &[String]) -> Result<Vec<MoveOutcome>, StoreError> {
    let fate = |code: &String| match code.as_str() {
        "moved" | "fits" => Ok(MoveOutcome::Moves),
        "gone" => Ok(MoveOutcome::Gone),
        other => other
            .parse()
            .map(MoveOutcome::Stays)
            .map_err(StoreError::Unexpected),
    };
    codes.iter().map(fate).collect()
}
