//! Runs as Redis keeps them: a record, a lease of the process that is at work, and a hold on the run's queues.
//!
//! Who is at work proves it in every step by the lease's token, which the step's script compares; see `run_step.lua`. A
//! process that is killed leaves the lease to run out, and then anyone permitted may go on.

use std::sync::LazyLock;
use std::time::Duration;

use redis::{Script, ScriptInvocation, Value};

use super::{Store, StoreError, reply};
use crate::domain::access::Permit;
use crate::domain::audit::Entry;
use crate::domain::queue::QueueId;
use crate::domain::run::{Figures, Lease, Run, RunId, RunState, Stay};

static BEGIN: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("run_begin.lua")));
static STOP: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("run_stop.lua")));
static END: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("run_end.lua")));
static BEAT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("run_beat.lua")));
static STAYED: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("run_step.lua"),
        include_str!("run_stayed.lua")
    ))
});

/// A lease that is not kept runs out after this time; the run then counts as interrupted.
pub const LEASE: Duration = Duration::from_secs(5);

/// How many runs are kept; older ones are forgotten, their audit entries are not.
const KEPT: usize = 200;

/// What came of beginning a run, or of going on with one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is under way.
    Yes,
    /// A queue of it is held by this run.
    Busy(RunId),
    /// There is no such run.
    Gone,
    /// It came to its end before.
    Over,
}

/// What came of stopping a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStopped {
    /// It ends with the piece it is at.
    Stopping,
    /// Nobody was at work on it: it is stopped.
    Stopped,
    /// There is nothing to stop.
    Over,
    /// There is no such run.
    Gone,
}

impl Store {
    /// Begins a run with its audit entry, unless another run has one of its queues.
    pub async fn begin_run(
        &self,
        permit: &Permit,
        run: &Run,
        lease: &Lease,
        entry: &Entry,
    ) -> Result<Begun, StoreError> {
        let fields = fields(run);
        self.take_up("begin", permit, run, lease, fields, entry)
            .await
    }

    /// Goes on with a run that was stopped, failed or interrupted, as the permit's holder, with an audit entry.
    pub async fn resume_run(
        &self,
        permit: &Permit,
        run: &Run,
        lease: &Lease,
        entry: &Entry,
    ) -> Result<Begun, StoreError> {
        let fields = vec![
            ("actor", run.actor.clone()),
            ("role", run.role.clone()),
            ("reason", run.reason.clone()),
            ("state", RunState::Running.name().to_owned()),
            ("updated", run.updated.to_string()),
            ("words", String::new()),
        ];
        self.take_up("go on", permit, run, lease, fields, entry)
            .await
    }

    async fn take_up(
        &self,
        mode: &str,
        permit: &Permit,
        run: &Run,
        lease: &Lease,
        fields: Vec<(&str, String)>,
        entry: &Entry,
    ) -> Result<Begun, StoreError> {
        check(permit, run, entry);
        let mut invocation = BEGIN.prepare_invoke();
        invocation
            .key(self.own.run(run.id.as_str()))
            .key(self.own.runs())
            .key(self.own.run_lease(run.id.as_str()))
            .key(self.own.audit());
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
            .arg(fields.len() * 2);
        for (name, value) in &fields {
            invocation.arg(*name).arg(value);
        }
        add_entry(&mut invocation, entry);
        let answer: Vec<String> = self.redis.script(&invocation).await?;
        match (answer.first().map(String::as_str), answer.get(1)) {
            (Some("begun"), _) => Ok(Begun::Yes),
            (Some("busy"), Some(other)) => {
                Ok(Begun::Busy(RunId::parse(other).unwrap_or(run.id.clone())))
            }
            (Some("gone"), _) => Ok(Begun::Gone),
            (Some("over"), _) => Ok(Begun::Over),
            _ => Err(unexpected("beginning a run", &answer)),
        }
    }

    /// Tells a run to stop, with an audit entry.
    pub async fn stop_run(
        &self,
        permit: &Permit,
        run: &Run,
        now: u64,
        entry: &Entry,
    ) -> Result<RunStopped, StoreError> {
        check(permit, run, entry);
        let mut invocation = STOP.prepare_invoke();
        invocation
            .key(self.own.run(run.id.as_str()))
            .key(self.own.run_lease(run.id.as_str()))
            .key(self.own.audit())
            .arg(now);
        add_entry(&mut invocation, entry);
        let answer: String = self.redis.script(&invocation).await?;
        match answer.as_str() {
            "stopping" => Ok(RunStopped::Stopping),
            "stopped" => Ok(RunStopped::Stopped),
            "over" => Ok(RunStopped::Over),
            "gone" => Ok(RunStopped::Gone),
            _ => Err(unexpected("stopping a run", &answer)),
        }
    }

    /// Ends a run that this process is at work on, with its audit entry; whether it still was this process's.
    pub async fn end_run(
        &self,
        permit: &Permit,
        run: &Run,
        lease: &Lease,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        check(permit, run, entry);
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
            .arg(run.state.name())
            .arg(&run.words)
            .arg(run.updated);
        add_entry(&mut invocation, entry);
        Ok(self.redis.script::<i64>(&invocation).await? == 1)
    }

    /// Keeps a run's lease; how the run stands, or `None` where it is no longer this process's.
    pub async fn beat_run(
        &self,
        permit: &Permit,
        lease: &Lease,
    ) -> Result<Option<RunState>, StoreError> {
        debug_assert!(permit.action().writes());
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

    /// Notes what stayed in a whole pass, in place of what was noted before; whether the run is still held.
    pub async fn note_stayed(
        &self,
        permit: &Permit,
        lease: &Lease,
        now: u64,
        figures: &Figures,
        listed: &[Stay],
    ) -> Result<bool, StoreError> {
        debug_assert!(permit.action().writes());
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
            // No reason of ours holds a tab; an id may.
            invocation.arg(format!("{}\t{}", stay.why, stay.job));
        }
        Ok(self.redis.script::<i64>(&invocation).await? == 1)
    }

    /// One run.
    pub async fn run(&self, id: &RunId) -> Result<Option<Run>, StoreError> {
        Ok(self.read_runs(vec![id.clone()]).await?.pop())
    }

    /// The newest runs, newest first.
    pub async fn runs(&self) -> Result<Vec<Run>, StoreError> {
        let mut newest = redis::pipe();
        newest
            .cmd("ZREVRANGE")
            .arg(self.own.runs())
            .arg(0)
            .arg(KEPT - 1);
        let mut answers = self.redis.read(&mut newest).await?.into_iter();
        let ids = reply::texts(answers.next().unwrap_or_default());
        let ids = ids.iter().filter_map(|id| RunId::parse(id)).collect();
        self.read_runs(ids).await
    }

    /// Some of what stayed in a run, with why.
    pub async fn stayed_of_run(&self, id: &RunId) -> Result<Vec<Stay>, StoreError> {
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("LRANGE")
            .arg(self.own.run_stayed(id.as_str()))
            .arg(0)
            .arg(KEPT - 1);
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let items = reply::texts(answers.next().unwrap_or_default());
        let stay = |item: &String| {
            let (why, job) = item.split_once('\t')?;
            let (why, job) = (why.to_owned(), job.to_owned());
            Some(Stay { job, why })
        };
        Ok(items.iter().filter_map(stay).collect())
    }

    async fn read_runs(&self, ids: Vec<RunId>) -> Result<Vec<Run>, StoreError> {
        let mut pipeline = redis::pipe();
        for id in &ids {
            pipeline.cmd("HGETALL").arg(self.own.run(id.as_str()));
            pipeline.cmd("EXISTS").arg(self.own.run_lease(id.as_str()));
        }
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut runs = Vec::with_capacity(ids.len());
        for id in ids {
            let fields = pairs(answers.next().unwrap_or_default());
            let held = reply::is_something(&answers.next().unwrap_or_default());
            runs.extend(run_of(id, &fields, held));
        }
        Ok(runs)
    }
}

/// The permit is for the run's first queue, and the entry is its holder's.
fn check(permit: &Permit, run: &Run, entry: &Entry) {
    debug_assert_eq!(permit.queue(), Some(&run.source));
    debug_assert_eq!(permit.by().name(), entry.actor);
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn add_entry(invocation: &mut ScriptInvocation<'_>, entry: &Entry) {
    for (name, value) in entry.fields() {
        invocation.arg(name).arg(value);
    }
}

fn unexpected(what: &str, answer: &impl std::fmt::Debug) -> StoreError {
    StoreError::Unexpected(format!("{what} answered {answer:?}"))
}

fn fields(run: &Run) -> Vec<(&'static str, String)> {
    let target = run.target.as_ref();
    vec![
        ("kind", run.kind.name().to_owned()),
        ("prefix", run.source.prefix().to_owned()),
        ("source", run.source.name().to_owned()),
        (
            "target",
            target.map_or_else(String::new, |queue| queue.name().to_owned()),
        ),
        ("spec", run.spec.clone()),
        ("about", run.about.clone()),
        ("actor", run.actor.clone()),
        ("role", run.role.clone()),
        ("reason", run.reason.clone()),
        ("state", run.state.name().to_owned()),
        ("total", run.figures.total.to_string()),
        ("begun", run.begun.to_string()),
        ("updated", run.updated.to_string()),
        ("words", run.words.clone()),
    ]
}

/// The names and values of a hash, whichever way the connection's protocol answers it.
fn pairs(value: Value) -> Vec<(String, String)> {
    let items = match value {
        Value::Map(pairs) => pairs
            .into_iter()
            .flat_map(|(name, value)| [name, value])
            .collect(),
        other => reply::items(other),
    };
    let mut texts = items.into_iter().filter_map(reply::text);
    let mut pairs = Vec::new();
    while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
        pairs.push((name, value));
    }
    pairs
}

/// A run out of its hash; `None` where there is none, or one that can't be read.
fn run_of(id: RunId, fields: &[(String, String)], held: bool) -> Option<Run> {
    let text = |name: &str| {
        let field = fields.iter().find(|(other, _)| other == name);
        field.map_or("", |(_, value)| value.as_str())
    };
    let number = |name: &str| text(name).parse().unwrap_or(0);
    let state: RunState = text("state").parse().ok()?;
    let queue = |name: &str| QueueId::new(text("prefix"), text(name)).ok();
    Some(Run {
        kind: text("kind").parse().ok()?,
        source: queue("source")?,
        target: queue("target"),
        spec: text("spec").to_owned(),
        about: text("about").to_owned(),
        actor: text("actor").to_owned(),
        role: text("role").to_owned(),
        reason: text("reason").to_owned(),
        state: match state.is_under_way() && !held {
            true => RunState::Interrupted,
            false => state,
        },
        figures: Figures {
            total: number("total"),
            done: number("done"),
            stayed: fields
                .iter()
                .filter_map(|(name, count)| {
                    Some((
                        name.strip_prefix("stayed:")?.to_owned(),
                        count.parse().ok()?,
                    ))
                })
                .collect(),
        },
        begun: number("begun"),
        updated: number("updated"),
        words: text("words").to_owned(),
        id,
    })
}
