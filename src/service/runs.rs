//! Runs: beginning, stopping and going on with long operations, and the task that is at work on one.
//!
//! A kind of run is a [`Work`]: a plan that does one bounded piece after the other, each by a script that asks whether
//! the run is still this process's (`store/run_step.lua`). To add a kind: begin it with [`Services::begin_run`], and make
//! its work in [`Services::set_going`]. Nothing is remembered between pieces but what Redis holds, so going on
//! is beginning anew with what is left.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::manage_users::is_name;
use super::move_work::Moving;
use super::retire_work::Retiring;
use super::sign_in::unix_millis;
use super::weigh::LONGEST_REASON;
use super::{Services, Stop, random_token};
use crate::domain::access::{Action, Operator, Permit};
use crate::domain::act::Outcome;
use crate::domain::audit::Entry;
use crate::domain::queue::QueueId;
use crate::domain::run::{Figures, Lease, Run, RunId, RunKind, RunState, Stay};
use crate::store::StoreError;
use crate::store::runs::{Begun, LEASE, RunStopped};

/// How often the lease is kept, and the rights of whoever began the run are asked for again.
const BEAT: Duration = Duration::from_secs(1);

/// How long to wait before a piece is tried again after Redis did not answer.
const AGAIN: Duration = Duration::from_millis(200);

/// What is to be run.
#[derive(Debug, Clone)]
pub struct RunPlan {
    /// What it does.
    pub kind: RunKind,
    /// The queue it works on.
    pub source: QueueId,
    /// The queue it works towards.
    pub target: Option<QueueId>,
    /// What exactly, as JSON.
    pub spec: String,
    /// How much there is to do, as far as is known.
    pub total: u64,
    /// Why, in the person's words.
    pub reason: String,
    /// What exactly, in our words.
    pub about: String,
}

/// What came of beginning a run or of going on with one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunBegun {
    /// It is under way.
    Yes(RunId),
    /// A queue of it is held by this run, which is under way.
    Busy(RunId),
    /// It came to its end before.
    Over,
}

/// A run with what its page shows beside it.
#[derive(Debug)]
pub struct RunSeen {
    /// The run.
    pub run: Run,
    /// Some of what stayed.
    pub stayed: Vec<Stay>,
    /// Whether this person may stop it and go on with it.
    pub may_act: bool,
}

/// A run that this process is at work on, and what lets it.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) run: Run,
    pub(super) lease: Lease,
    /// For the source.
    pub(super) permit: Permit,
    /// For the target, where there is one.
    pub(super) towards: Option<Permit>,
    /// The entry that was written when it was taken up.
    intent: Entry,
}

/// What one piece of work came to.
#[derive(Debug)]
pub(super) enum Step {
    /// There may be more to do.
    More,
    /// All is done; what it came to, in our words.
    Done(String),
    /// The script found the run not held, or told to stop: nothing was done.
    Halted,
}

/// What a run does, piece by piece. A piece takes well under a second, and does nothing twice when it is tried again.
pub(super) trait Work: Send + 'static {
    /// Does the next piece.
    fn step(
        &mut self,
        services: &Services,
        held: &Held,
    ) -> impl Future<Output = Result<Step, Stop>> + Send;
}

/// What the heart of a run last felt.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pulse {
    Going,
    Stopping,
    Forbidden(String),
    Lost,
}

impl Services {
    /// Begins a run with its intent in the audit log. Refused while a queue of it has a run under way.
    pub(super) async fn begin_run(
        self: &Arc<Self>,
        operator: &Operator,
        plan: RunPlan,
    ) -> Result<RunBegun, Stop> {
        let now = unix_millis();
        let run = Run {
            id: RunId::fresh(),
            kind: plan.kind,
            source: plan.source,
            target: plan.target,
            spec: plan.spec,
            about: plan.about,
            actor: operator.name().to_owned(),
            role: operator.role().name().to_owned(),
            reason: checked_reason(&plan.reason)?,
            state: RunState::Running,
            figures: Figures {
                total: plan.total,
                ..Figures::default()
            },
            begun: now,
            updated: now,
            words: String::new(),
        };
        let held = self.prepare(operator, run, "").await?;
        let begun = self
            .store
            .begin_run(&held.permit, &held.run, &held.lease, &held.intent)
            .await?;
        self.taken_up(begun, held)
    }

    /// Goes on with a run that was stopped, interrupted or failed, as `operator`.
    pub async fn go_on(
        self: &Arc<Self>,
        operator: &Operator,
        id: &RunId,
        reason: &str,
    ) -> Result<RunBegun, Stop> {
        let mut run = self.seen_run(operator, id).await?;
        run.actor = operator.name().to_owned();
        run.role = operator.role().name().to_owned();
        if !reason.trim().is_empty() {
            run.reason = checked_reason(reason)?;
        }
        run.updated = unix_millis();
        let held = self.prepare(operator, run, "going on with ").await?;
        let begun = self
            .store
            .resume_run(&held.permit, &held.run, &held.lease, &held.intent)
            .await?;
        self.taken_up(begun, held)
    }

    /// Tells a run to stop. `None` where there was nothing to stop.
    pub async fn stop_run(
        &self,
        operator: &Operator,
        id: &RunId,
    ) -> Result<Option<RunState>, Stop> {
        let run = self.seen_run(operator, id).await?;
        let (permit, _) = self.run_permits(operator, &run).await?;
        let entry = Entry::of(&permit, run.kind.act(), Outcome::Applied)
            .of_run(id, run.target.as_ref())
            .noting("told to stop");
        let stopped = self
            .store
            .stop_run(&permit, &run, unix_millis(), &entry)
            .await?;
        match stopped {
            RunStopped::Stopping => Ok(Some(RunState::Stopping)),
            RunStopped::Stopped => Ok(Some(RunState::Stopped)),
            RunStopped::Over => Ok(None),
            RunStopped::Gone => Err(no_run(id)),
        }
    }

    /// A run, for whoever may see all of its queues.
    pub async fn run(&self, operator: &Operator, id: &RunId) -> Result<RunSeen, Stop> {
        let run = self.seen_run(operator, id).await?;
        let action = run.kind.action();
        let may_act = run.queues().all(|queue| operator.may(action, queue));
        let stayed = self.store.stayed_of_run(id).await?;
        Ok(RunSeen {
            run,
            stayed,
            may_act,
        })
    }

    /// The newest runs among those that this person may see, newest first.
    pub async fn runs(&self, operator: &Operator) -> Result<Vec<Run>, Stop> {
        self.permit_anywhere(operator, Action::View).await?;
        let mut runs = self.store.runs().await?;
        runs.retain(|run| sees(operator, run));
        Ok(runs)
    }

    /// The newest runs that concern one of `queues`, newest first.
    pub async fn runs_of(&self, operator: &Operator, queues: &[QueueId]) -> Result<Vec<Run>, Stop> {
        let mut runs = self.runs(operator).await?;
        runs.retain(|run| run.queues().any(|queue| queues.contains(queue)));
        Ok(runs)
    }

    async fn seen_run(&self, operator: &Operator, id: &RunId) -> Result<Run, Stop> {
        let run = self.store.run(id).await?;
        run.filter(|run| sees(operator, run))
            .ok_or_else(|| no_run(id))
    }

    /// Permission on both queues, or the refusal with its audit entry.
    async fn run_permits(
        &self,
        operator: &Operator,
        run: &Run,
    ) -> Result<(Permit, Option<Permit>), Stop> {
        let action = run.kind.action();
        let permit = self.permit(operator, action, &run.source, None).await?;
        let towards = match &run.target {
            Some(target) => Some(self.permit(operator, action, target, None).await?),
            None => None,
        };
        Ok((permit, towards))
    }

    async fn prepare(&self, operator: &Operator, run: Run, how: &str) -> Result<Held, Stop> {
        let (permit, towards) = self.run_permits(operator, &run).await?;
        let intent = Entry::of(&permit, run.kind.act(), Outcome::Intent)
            .of_run(&run.id, run.target.as_ref())
            .reason(&run.reason)
            .noting(format!("{how}{}", run.about));
        let lease = Lease {
            run: run.id.clone(),
            token: random_token(),
        };
        Ok(Held {
            run,
            lease,
            permit,
            towards,
            intent,
        })
    }

    fn taken_up(self: &Arc<Self>, begun: Begun, held: Held) -> Result<RunBegun, Stop> {
        match begun {
            Begun::Yes => {
                let id = held.run.id.clone();
                self.set_going(held)?;
                Ok(RunBegun::Yes(id))
            }
            Begun::Busy(other) => Ok(RunBegun::Busy(other)),
            Begun::Over => Ok(RunBegun::Over),
            Begun::Gone => Err(no_run(&held.run.id)),
        }
    }

    /// Begins the task that is at work on a run.
    fn set_going(self: &Arc<Self>, held: Held) -> Result<(), Stop> {
        let services = Arc::clone(self);
        match held.run.kind {
            RunKind::Move => {
                let work = Moving::of(&held.run)?;
                tokio::spawn(services.drive(held, work));
            }
            RunKind::Retire => {
                let work = Retiring::of(&held.run.source);
                tokio::spawn(services.drive(held, work));
            }
        }
        Ok(())
    }

    /// Does piece after piece until the work is done, the run is told to stop, or it is no longer this process's.
    async fn drive<W: Work>(self: Arc<Self>, held: Held, mut work: W) {
        let (feel, pulse) = watch::channel(Pulse::Going);
        let heart = tokio::spawn(Arc::clone(&self).beat(held.clone(), feel));
        let (state, words) = loop {
            match pulse.borrow().clone() {
                Pulse::Going => {}
                Pulse::Stopping => break (RunState::Stopped, String::new()),
                Pulse::Forbidden(words) => break (RunState::Stopped, words),
                Pulse::Lost => {
                    heart.abort();
                    tracing::warn!(run = %held.run.id, "a run is no longer this process's");
                    return;
                }
            }
            match work.step(&self, &held).await {
                Ok(Step::More) => {}
                Ok(Step::Done(words)) => break (RunState::Done, words),
                // The heart says which it is.
                Ok(Step::Halted) => tokio::time::sleep(AGAIN).await,
                Err(Stop::Store(StoreError::Away(cause))) => {
                    tracing::warn!(run = %held.run.id, cause, "a run waits for Redis");
                    tokio::time::sleep(AGAIN).await;
                }
                Err(stop) => break (RunState::Failed, stop.to_string()),
            }
        };
        self.end(&held, state, words).await;
        heart.abort();
    }

    /// Writes how a run ended, while its lease is still kept.
    async fn end(&self, held: &Held, state: RunState, words: String) {
        let figures = match self.store.run(&held.run.id).await {
            Ok(Some(run)) => run.figures,
            _ => Figures::default(),
        };
        let outcome = match state {
            RunState::Failed => Outcome::Failed,
            _ => Outcome::Applied,
        };
        let mut entry = held.intent.ended(outcome);
        entry.note = told(state, &figures);
        entry.error = words.clone();
        let run = Run {
            state,
            words,
            updated: unix_millis(),
            ..held.run.clone()
        };
        let mut tries = 0;
        loop {
            let ended = self
                .store
                .end_run(&held.permit, &run, &held.lease, &entry)
                .await;
            match ended {
                Err(StoreError::Away(_)) if tries < LEASE.as_millis() / AGAIN.as_millis() => {
                    tries += 1;
                    tokio::time::sleep(AGAIN).await;
                }
                // Without its end it counts as interrupted as soon as its lease has run out.
                Err(error) => {
                    tracing::error!(%error, run = %run.id, "a run's end could not be written");
                    return;
                }
                Ok(_) => return,
            }
        }
    }

    /// Keeps a run's lease and feels whether it may go on, until it may not.
    async fn beat(self: Arc<Self>, held: Held, feel: watch::Sender<Pulse>) {
        let mut kept = tokio::time::Instant::now();
        loop {
            tokio::time::sleep(BEAT / 4).await;
            let felt = match self.store.beat_run(&held.permit, &held.lease).await {
                Ok(Some(RunState::Running)) => self.still_may(&held).await,
                Ok(Some(_)) => Pulse::Stopping,
                Ok(None) => Pulse::Lost,
                // Nothing can be done while Redis is away; the lease says when to give up.
                Err(_) if kept.elapsed() < LEASE => continue,
                Err(_) => Pulse::Lost,
            };
            kept = tokio::time::Instant::now();
            let going = felt == Pulse::Going;
            // Whoever listens may have come to the end.
            let _ = feel.send(felt.clone());
            if felt == Pulse::Lost {
                return;
            }
            tokio::time::sleep(if going { BEAT } else { BEAT / 4 }).await;
        }
    }

    /// Whether whoever took the run up still may. A name that no user can have is a policy's of this process.
    async fn still_may(&self, held: &Held) -> Pulse {
        let by = held.permit.by();
        if !is_name(by.name()) {
            return Pulse::Going;
        }
        let user = match self.store.user(by.name()).await {
            Ok(user) => user.filter(|user| !user.disabled),
            // A run does not end because Redis was away for a moment.
            Err(StoreError::Away(_)) => return Pulse::Going,
            Err(error) => return Pulse::Forbidden(format!("{} can't be read: {error}", by.name())),
        };
        let Some(user) = user else {
            return Pulse::Forbidden(format!("{} may no longer sign in", by.name()));
        };
        let now = Operator::new(
            user.name,
            user.role,
            user.scope,
            by.origin().clone(),
            self.rules.read_only,
        );
        let action = held.run.kind.action();
        let denied = held
            .run
            .queues()
            .find_map(|queue| now.permit(action, queue).err());
        match denied {
            Some(denied) => Pulse::Forbidden(format!("{} no longer may: {denied}", by.name())),
            None => Pulse::Going,
        }
    }
}

fn sees(operator: &Operator, run: &Run) -> bool {
    run.queues().all(|queue| operator.scope().holds(queue))
}

fn no_run(id: &RunId) -> Stop {
    Stop::NotFound(format!("run {id}"))
}

fn checked_reason(reason: &str) -> Result<String, Stop> {
    let reason = reason.trim();
    match reason.chars().count() {
        length if length > LONGEST_REASON => Err(Stop::Bad(format!(
            "The reason has {length} characters, and at most {LONGEST_REASON} are taken."
        ))),
        _ => Ok(reason.to_owned()),
    }
}

/// What a run came to, for the audit log: `done: 120 done, 3 stayed (2 …, 1 …)`.
fn told(state: RunState, figures: &Figures) -> String {
    let reasons = figures.stayed.iter();
    let reasons: Vec<String> = reasons
        .map(|(why, count)| format!("{count} {why}"))
        .collect();
    let mut text = format!("{state}: {} done", figures.done);
    if !reasons.is_empty() {
        text += &format!(
            ", {} stayed ({})",
            figures.stayed_in_all(),
            reasons.join(", ")
        );
    }
    text
}
