//! Operations on one job. Each is a script of its own that also writes the audit entry.
//!
//! A script leaves in Redis what the same operation of the queue's own BullMQ leaves (compared with the Node packages 4.18,
//! 5.81 and 6.7 by `tests/bullmq/node/compare_operations.mjs`). BullMQ's crate is not used: its retry loses a job that
//! BullMQ 5 paused and BullMQ 6 opened, it refuses jobs with bytes that are not UTF-8 and a prefix with a colon, and it
//! writes to the queue's `meta` (bullmq-official 1.4.4).

use redis::{ScriptInvocation, ToRedisArgs};

use super::script_of::script_of;

use crate::domain::access::permission::{Operate, OperateMany};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::job::job_ref::JobRef;
use crate::domain::operations::{JobOperation, Operation};
use crate::domain::run::Lease;
use crate::store::Store;
use crate::store::bullmq::keys;
use crate::store::connection::reply;
use crate::store::error::StoreError;
use crate::store::records::audit::add_entry_apart;
use crate::store::records::millis::millis;
use crate::store::records::runs::LEASE;
use crate::store::records::runs::held::HeldRun;

/// The keys of the queue before the prefix of the job's keys, in the scripts' order.
pub(super) const BEFORE: [&str; 9] = [
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
pub(super) const AFTER: [&str; 4] = ["waiting-children", "repeat", "pc", "marker"];

/// The outcome of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operated {
    /// It was done, and the entry is written.
    Done,
    /// The same, and the job was removed as its options say.
    DoneAndRemoved,
    /// There is no such job.
    Gone,
    /// Its children have to end before it.
    HasChildren,
    /// Another job, with its deduplication id, waits for it to end, and only a worker adds that.
    NextWaits,
    /// Its parent has gone on without it.
    PassedOver,
    /// The job is in a state that the operation is not for.
    WrongState,
    /// A worker holds the job's lock.
    Locked,
    /// It is the job that its scheduler continues from.
    Scheduled,
    /// Its data differs from what the entry holds.
    Changed,
    /// Its data is larger than an entry may hold, so the script was not asked.
    TooLarge,
    /// The run it is a piece of is another process's, or was told to stop.
    Halted,
    /// The run it is a piece of has done it to this job before.
    DoneBefore,
}

impl Operated {
    /// Whether it is done, now or by the run before.
    pub(crate) fn is_done(self) -> bool {
        matches!(self, Self::Done | Self::DoneAndRemoved | Self::DoneBefore)
    }
}

/// One job's piece of a run: the operation that its entry's permit is for, and the script's own parameters.
#[derive(Debug)]
pub struct JobPiece {
    /// What to remember of it, as part of the run.
    pub entry: UnrecordedEntry<Operate>,
    /// The script's parameters.
    pub parameters: Vec<String>,
}

/// A job below another one in its flow, which is removed with it.
#[derive(Debug)]
pub struct FlowPiece {
    /// What to remember of it.
    pub entry: UnrecordedEntry<Operate>,
    /// The digest of the data that the entry keeps, as the script compares it.
    pub digest: String,
}

impl Store {
    /// Removes the entry's job and all jobs below it, and writes their entries, or does neither.
    pub async fn remove_flow(
        &self,
        entry: &UnrecordedEntry<Operate>,
        digest: &str,
        below: &[FlowPiece],
    ) -> Result<Operated, StoreError> {
        let text = |text: &str| text.as_bytes().to_vec();
        let mut parameters = vec![text(digest), text(&below.len().to_string())];
        for FlowPiece { entry, digest } in below {
            let JobRef { queue, id } = &entry.permit().target().job;
            let (kept, beside) = entry.as_entry().split();
            let fields = kept.fields();
            parameters.extend([
                text(&keys::of_queue(queue, "")),
                text(id.as_str()),
                text(digest),
                text(&self.own.audit_of(queue, id)),
                text(&self.own.audit_change(&kept.event)),
                text(&(2 * beside.len()).to_string()),
            ]);
            for (name, value) in beside {
                parameters.extend([text(name), value]);
            }
            parameters.push(text(&(2 * fields.len()).to_string()));
            for (name, value) in fields {
                parameters.extend([text(name), text(&value)]);
            }
        }
        self.operate_told(entry, &parameters).await
    }

    /// Does the operation of the entry's permit and writes the entry, or does neither. `parameters` are the script's own.
    pub async fn operate(
        &self,
        entry: &UnrecordedEntry<Operate>,
        parameters: &[String],
    ) -> Result<Operated, StoreError> {
        self.operate_told(entry, parameters).await
    }

    async fn operate_told<P: ToRedisArgs>(
        &self,
        entry: &UnrecordedEntry<Operate>,
        parameters: &[P],
    ) -> Result<Operated, StoreError> {
        let JobOperation { operation, job } = entry.permit().target();
        let mut invocation = script_of(*operation).prepare_invoke();
        self.add_piece(&mut invocation, job, entry.as_entry(), parameters, None);
        match self.redis.script::<i64>(&invocation).await {
            Ok(code) => operated(*operation, code),
            // The answer was lost: the operation's own entry says whether it was done.
            Err(StoreError::Away(cause)) => {
                let entry = entry.as_entry();
                match self.recorded_of_job(&job.queue, &job.id, entry).await {
                    Some(_) => self.operated_unheard(*operation, job).await,
                    None => Err(StoreError::Away(cause)),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// What an operation came to that was done while its answer was lost. A stuck job that ended may be gone by its options.
    async fn operated_unheard(
        &self,
        operation: Operation,
        JobRef { queue, id }: &JobRef,
    ) -> Result<Operated, StoreError> {
        if !operation.ends_stuck() {
            return Ok(Operated::Done);
        }
        let mut pipeline = redis::pipe();
        pipeline.cmd("EXISTS").arg(keys::of_job(queue, id));
        let answers = self.redis.read(&mut pipeline).await?;
        match answers.first().is_some_and(reply::is_something) {
            true => Ok(Operated::Done),
            false => Ok(Operated::DoneAndRemoved),
        }
    }

    /// Does an operation to several jobs, each by a script of its own that asks whether the run is still this process's, and
    /// writes the job's entry; what came of each, be it an error. Where Redis refuses one, the others are done all the same.
    pub async fn operate_in_run(
        &self,
        held: &HeldRun<OperateMany>,
        operation: Operation,
        pieces: &[JobPiece],
        now: u64,
    ) -> Result<Vec<Result<Operated, StoreError>>, StoreError> {
        for piece in pieces {
            check_piece(held, operation, piece)?;
        }
        let script = script_of(operation);
        let invocations = pieces.iter().map(|piece| {
            let mut invocation = script.prepare_invoke();
            self.add_piece(
                &mut invocation,
                &piece.entry.permit().target().job,
                piece.entry.as_entry(),
                &piece.parameters,
                Some((held.lease(), now)),
            );
            invocation
        });
        let invocations: Vec<ScriptInvocation<'_>> = invocations.collect();
        let codes = self.redis.scripts(script, &invocations).await?;
        let came = codes.into_iter();
        Ok(came.map(|code| operated(operation, code?)).collect())
    }

    /// Adds the keys and arguments that `operation.lua` reads, for a job of the entry's permit.
    pub(super) fn add_piece<P: ToRedisArgs>(
        &self,
        invocation: &mut ScriptInvocation<'_>,
        JobRef { queue, id }: &JobRef,
        entry: &Entry,
        parameters: &[P],
        run: Option<(&Lease, u64)>,
    ) {
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
        match run {
            Some((lease, now)) => {
                let run = lease.run.as_str();
                invocation
                    .key(self.own.run(run))
                    .key(self.own.run_lease(run))
                    .arg(&lease.token)
                    .arg(millis(LEASE))
                    .arg(now)
                    .arg(run);
            }
            None => {
                invocation.arg("").arg(0).arg(0).arg("");
            }
        }
        invocation.arg(parameters.len());
        for parameter in parameters {
            invocation.arg(parameter);
        }
        add_entry_apart(invocation, entry);
    }
}

/// Refuses a piece that is of none of the run's queues, or of another operation or person, or whose entry is not the run's.
fn check_piece(
    held: &HeldRun<OperateMany>,
    operation: Operation,
    piece: &JobPiece,
) -> Result<(), StoreError> {
    let (run, permit) = (held.run(), piece.entry.permit());
    let target = permit.target();
    let fits = run.sources().any(|queue| *queue == target.job.queue)
        && target.operation == operation
        && permit.by().name() == held.by().name()
        && piece.entry.as_entry().run == run.id;
    match fits {
        true => Ok(()),
        false => Err(StoreError::Unexpected(format!(
            "a piece of the run {} is for {target:?}",
            run.id
        ))),
    }
}

/// What a script's answer says.
pub(super) fn operated(operation: Operation, code: i64) -> Result<Operated, StoreError> {
    match code {
        1 | 2 => Ok(Operated::Done),
        3 => Ok(Operated::DoneAndRemoved),
        -1 => Ok(Operated::Gone),
        -3 => Ok(Operated::WrongState),
        -4 => Ok(Operated::HasChildren),
        -6 => Ok(Operated::Locked),
        -8 => Ok(Operated::Scheduled),
        -9 => Ok(Operated::Changed),
        -10 => Ok(Operated::Halted),
        -11 => Ok(Operated::DoneBefore),
        -12 => Ok(Operated::NextWaits),
        -13 => Ok(Operated::PassedOver),
        code => Err(StoreError::Unexpected(format!(
            "{} answered {code}",
            operation.spec().id
        ))),
    }
}
