//! Runs in Redis: a record, the lease of the process that works on it, and a hold on the run's queues.
//!
//! The process proves in every step that it holds the lease: the step's script compares the lease's token (see `step.lua`).
//! The token is in the [`HeldRun`], which is made when a run begins together with its audit entry, and which
//! every step takes. If the process is killed, the lease expires, and then anyone permitted may continue the run.

pub(crate) mod beside;
pub(crate) mod held;
pub(crate) mod record;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use redis::Script;

use super::audit::add_entry;
use super::millis::millis;
use crate::domain::access::permission::Permission;
use crate::domain::audit::entry::Entry;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::queue::QueueId;
use crate::domain::run::{Figures, Run, RunId, RunState, Skipped};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::records::proposals::approval::Unmet;
use beside::{Conditions, RunBeside};
use held::{HeldRun, RunStart, check_entry, unexpected};
use record::KEPT;
use record::{QUEUE_BEHIND, fields};

static STOP: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("stop.lua")));
static END: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("end.lua")));
static BEAT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("heartbeat.lua")));
static STAYED: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("step.lua"),
        include_str!("skipped.lua")
    ))
});

/// A lease that is not renewed expires after this time; the run then counts as interrupted.
pub(crate) const LEASE: Duration = Duration::from_secs(5);

/// The result of beginning or continuing a run.
#[derive(Debug)]
pub enum Begun<A: Permission<Target = QueueId>> {
    /// It is under way.
    Yes(Arc<HeldRun<A>>),
    /// This run holds one of its queues.
    Busy(RunId),
    /// There is no such run.
    Gone,
    /// The run has ended already.
    Over,
    /// Something that the run's proposal takes is not as it was.
    Unmet(Unmet),
}

/// The result of stopping a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStopped {
    /// It will stop after its current piece.
    Stopping,
    /// No process worked on it, so it is stopped.
    Stopped,
    /// There is nothing to stop.
    Over,
    /// There is no such run.
    Gone,
}

impl Store {
    /// Begins a run with its audit entry, unless another run holds one of its queues or what is asked beside it is not met.
    pub(crate) async fn begin_run<A: Permission<Target = QueueId>>(
        &self,
        start: RunStart<A>,
        beside: RunBeside<'_>,
    ) -> Result<Begun<A>, StoreError> {
        let fields = fields(&start.run);
        self.take_up("begin", start, fields, beside).await
    }

    /// Continues a run that was stopped, failed or interrupted, as the permit's holder, with an audit entry.
    pub async fn resume_run<A: Permission<Target = QueueId>>(
        &self,
        start: RunStart<A>,
    ) -> Result<Begun<A>, StoreError> {
        let run = &start.run;
        let fields = vec![
            ("actor", run.actor.name().to_owned()),
            ("actor_kind", run.actor.kind_name().to_owned()),
            ("role", run.role.clone()),
            ("reason", run.reason.clone()),
            ("state", RunState::Running.name().to_owned()),
            ("updated", run.updated.to_string()),
            ("words", String::new()),
        ];
        self.take_up("go on", start, fields, RunBeside::Nothing)
            .await
    }

    async fn take_up<A: Permission<Target = QueueId>>(
        &self,
        mode: &str,
        start: RunStart<A>,
        fields: Vec<(&str, String)>,
        beside: RunBeside<'_>,
    ) -> Result<Begun<A>, StoreError> {
        start.check()?;
        beside.check(&start.run)?;
        let (run, lease) = (&start.run, &start.lease);
        let Conditions {
            script,
            keys,
            bytes,
            arguments,
            entry,
        } = self.conditions_of(&beside, run)?;
        let mut invocation = script.prepare_invoke();
        invocation
            .key(self.own.run(run.id.as_str()))
            .key(self.own.runs())
            .key(self.own.run_lease(run.id.as_str()))
            .key(self.own.audit())
            .key(&keys);
        for queue in run.queues() {
            invocation.key(self.own.run_on(queue));
        }
        invocation
            .arg(mode)
            .arg(run.id.as_str())
            .arg(&lease.token)
            .arg(millis(LEASE))
            .arg(run.updated)
            .arg(KEPT)
            .arg(self.own.run(""))
            .arg(self.own.run_lease(""))
            .arg(self.own.run_stayed(""))
            .arg(keys.len())
            .arg(bytes)
            .arg(arguments.len())
            .arg(&arguments);
        let entry = entry.map(Entry::fields).unwrap_or_default();
        invocation.arg(entry.len() * 2);
        for (name, value) in &entry {
            invocation.arg(*name).arg(&**value);
        }
        invocation.arg(fields.len() * 2);
        for (name, value) in &fields {
            invocation.arg(*name).arg(value);
        }
        add_entry(&mut invocation, start.intent.as_entry());
        let answer: Vec<String> = self.redis.script(&invocation).await?;
        match (answer.first().map(String::as_str), answer.get(1)) {
            (Some("begun"), _) => Ok(Begun::Yes(Arc::new(HeldRun::begun(start)))),
            (Some("busy"), Some(other)) => {
                Ok(Begun::Busy(RunId::parse(other).unwrap_or(start.run.id)))
            }
            (Some("gone"), _) => Ok(Begun::Gone),
            (Some("over"), _) => Ok(Begun::Over),
            _ => match Unmet::of(&answer) {
                Some(unmet) => Ok(Begun::Unmet(unmet)),
                None => Err(unexpected("beginning a run", &answer)),
            },
        }
    }

    /// Tells a run to stop, with an audit entry.
    pub async fn stop_run<A: Permission<Target = QueueId>>(
        &self,
        entry: &UnrecordedEntry<A>,
        run: &Run,
        now: u64,
    ) -> Result<RunStopped, StoreError> {
        check_entry(run, entry)?;
        let mut invocation = STOP.prepare_invoke();
        invocation
            .key(self.own.run(run.id.as_str()))
            .key(self.own.run_lease(run.id.as_str()))
            .key(self.own.audit())
            .arg(now);
        add_entry(&mut invocation, entry.as_entry());
        let answer: String = self.redis.script(&invocation).await?;
        match answer.as_str() {
            "stopping" => Ok(RunStopped::Stopping),
            "stopped" => Ok(RunStopped::Stopped),
            "over" => Ok(RunStopped::Over),
            "gone" => Ok(RunStopped::Gone),
            _ => Err(unexpected("stopping a run", &answer)),
        }
    }

    /// Ends a run that this process holds, with its audit entry, in `state` and with the words of its end. Returns whether
    /// this process still held it.
    pub async fn end_run<A: Permission<Target = QueueId>>(
        &self,
        held: &HeldRun<A>,
        entry: &UnrecordedEntry<A>,
        (state, words): (RunState, &str),
        now: u64,
    ) -> Result<bool, StoreError> {
        let (run, lease) = (held.run(), held.lease());
        check_entry(run, entry)?;
        let mut invocation = END.prepare_invoke();
        invocation
            .key(self.own.run(run.id.as_str()))
            .key(self.own.run_lease(run.id.as_str()))
            .key(self.own.audit());
        for queue in run.queues() {
            invocation.key(self.own.run_on(queue));
        }
        invocation
            .arg(run.id.as_str())
            .arg(&lease.token)
            .arg(state.name())
            .arg(words)
            .arg(now);
        add_entry(&mut invocation, entry.as_entry());
        Ok(self.redis.script::<i64>(&invocation).await? == 1)
    }

    /// Renews a run's lease and returns the run's state; `None` if this process no longer holds it.
    pub async fn beat_run<A: Permission<Target = QueueId>>(
        &self,
        held: &HeldRun<A>,
    ) -> Result<Option<RunState>, StoreError> {
        let lease = held.lease();
        let mut invocation = BEAT.prepare_invoke();
        invocation
            .key(self.own.run(lease.run.as_str()))
            .key(self.own.run_lease(lease.run.as_str()))
            .arg(&lease.token)
            .arg(millis(LEASE));
        let state: Option<String> = self.redis.script(&invocation).await?;
        state
            .map(|state| state.parse().map_err(StoreError::Unexpected))
            .transpose()
    }

    /// Replaces the list of skipped jobs by that of the last complete pass; returns whether the run is still held.
    pub async fn note_stayed<A: Permission<Target = QueueId>>(
        &self,
        held: &HeldRun<A>,
        now: u64,
        figures: &Figures,
        listed: &[Skipped],
    ) -> Result<bool, StoreError> {
        let lease = held.lease();
        let mut invocation = STAYED.prepare_invoke();
        invocation
            .key(self.own.run(lease.run.as_str()))
            .key(self.own.run_lease(lease.run.as_str()))
            .key(self.own.run_stayed(lease.run.as_str()))
            .arg(&lease.token)
            .arg(millis(LEASE))
            .arg(now)
            .arg(figures.stayed.len() * 2);
        for (reason, count) in &figures.stayed {
            invocation.arg(reason).arg(*count);
        }
        for stay in listed {
            // No reason holds a tab; an id may.
            invocation.arg(match stay.queue {
                0 => format!("{}\t{}", stay.why, stay.job),
                queue => format!("{}{QUEUE_BEHIND}{queue}\t{}", stay.why, stay.job),
            });
        }
        Ok(self.redis.script::<i64>(&invocation).await? == 1)
    }
}
