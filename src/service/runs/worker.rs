//! Works on a run: one task does piece after piece, and another keeps the lease and checks that whoever began the run still
//! may.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::sync::watch;

use crate::clock::unix_millis;
use crate::domain::access::permission::Permission;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::unrecorded::Act;
use crate::domain::queue::QueueId;
use crate::domain::run::{Figures, Run, RunKind, RunState};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::error::StoreError;
use crate::store::records::runs::LEASE;
use crate::store::records::runs::held::HeldRun;

/// How often the lease is renewed and the rights of whoever began the run are checked.
const BEAT: Duration = Duration::from_secs(1);

/// How long to wait before repeating a piece after Redis did not answer, or could not do it just then.
const AGAIN: Duration = Duration::from_millis(200);

/// The result of one piece.
#[derive(Debug)]
pub(crate) enum RunProgress {
    /// There may be more to do.
    More,
    /// Everything is done; the result in words.
    Done(String),
    /// It stops by itself, and may be continued; why, in words.
    Paused(String),
    /// The script found that the run is not held or was told to stop; nothing was done.
    Halted,
}

/// The work of a run, piece by piece. The script of each piece checks that this process still holds the run
/// (`store/records/runs/step.lua`). A piece takes well under a second, and repeating one does nothing twice.
pub(crate) trait Work: Sized + Send + 'static {
    /// What one must be permitted, on each of the run's queues, to begin, stop and continue it.
    type Permission: Permission<Target = QueueId>;

    /// Its kind.
    const KIND: RunKind;

    /// The audit action of the run.
    const ACT: Act<Self::Permission>;

    /// The work of a run, from its beginning.
    fn of(run: &Run) -> Result<Self, ServiceError>;

    /// Does the next piece.
    fn step(
        &mut self,
        services: &Services,
        held: &HeldRun<Self::Permission>,
    ) -> impl Future<Output = Result<RunProgress, ServiceError>> + Send;
}

/// The details of a run, as its kind understands them.
pub(crate) fn spec_of<T: DeserializeOwned>(run: &Run) -> Result<T, ServiceError> {
    serde_json::from_str(&run.spec).map_err(|error| broken(run, error))
}

/// The error for a stored run that can't be worked on, and why.
pub(crate) fn broken(run: &Run, why: impl Display) -> ServiceError {
    ServiceError::Broken(format!("the run {}: {why}", run.id))
}

/// Whether a run may continue, as last checked.
#[derive(Debug, Clone, PartialEq, Eq)]
enum LeaseState {
    Going,
    Stopping,
    Forbidden(String),
    Lost,
}

impl Services {
    /// Does piece after piece until the work is done, the run is told to stop, or this process no longer holds it.
    #[tracing::instrument(level = "error", skip_all, fields(run = %held.run().id, queue = %held.run().source))]
    pub(crate) async fn drive<W: Work>(
        self: Arc<Self>,
        held: Arc<HeldRun<W::Permission>>,
        mut work: W,
    ) {
        self.counters.run_begun();
        let (feel, pulse) = watch::channel(LeaseState::Going);
        let heart = tokio::spawn(Arc::clone(&self).beat(Arc::clone(&held), feel));
        let (state, words) = loop {
            match pulse.borrow().clone() {
                LeaseState::Going => {}
                LeaseState::Stopping => break (RunState::Stopped, String::new()),
                LeaseState::Forbidden(words) => break (RunState::Stopped, words),
                LeaseState::Lost => {
                    heart.abort();
                    tracing::warn!("a run is no longer this process's");
                    self.counters.run_ended(W::KIND, RunState::Interrupted);
                    return;
                }
            }
            match work.step(&self, &held).await {
                Ok(RunProgress::More) => {}
                Ok(RunProgress::Done(words)) => break (RunState::Done, words),
                Ok(RunProgress::Paused(words)) => break (RunState::Stopped, words),
                // The task that keeps the lease says which of the two it is.
                Ok(RunProgress::Halted) => tokio::time::sleep(AGAIN).await,
                Err(ServiceError::Store(error)) if error.is_passing() => {
                    tracing::warn!(%error, "a run waits for Redis");
                    tokio::time::sleep(AGAIN).await;
                }
                Err(stop) => {
                    tracing::error!(%stop, "a run failed");
                    break (RunState::Failed, stop.words());
                }
            }
        };
        self.end(&held, state, words).await;
        self.counters.run_ended(W::KIND, state);
        heart.abort();
    }

    /// Writes how a run ended, while its lease is still held.
    async fn end<A: Permission<Target = QueueId>>(
        &self,
        held: &HeldRun<A>,
        state: RunState,
        words: String,
    ) {
        let figures = match self.store.run(&held.run().id).await {
            Ok(Some(run)) => run.figures,
            _ => Figures::default(),
        };
        let outcome = match state {
            RunState::Failed => AuditOutcome::Failed,
            _ => AuditOutcome::Applied,
        };
        let entry = held.ended(outcome);
        let entry = entry.noting(told(state, &figures)).because(&words);
        let now = unix_millis();
        let mut tries = 0;
        loop {
            let ended = self.store.end_run(held, &entry, (state, &words), now).await;
            match ended {
                Err(StoreError::Away(_) | StoreError::Busy(_) | StoreError::Refused(_))
                    if tries < LEASE.as_millis() / AGAIN.as_millis() =>
                {
                    tries += 1;
                    tokio::time::sleep(AGAIN).await;
                }
                // Without this, the run counts as interrupted once its lease has expired.
                Err(error) => {
                    tracing::error!(%error, "a run's end could not be written");
                    return;
                }
                Ok(_) => return,
            }
        }
    }

    /// Keeps a run's lease and checks whether it may continue, until it may not.
    #[tracing::instrument(level = "error", skip_all, fields(run = %held.run().id))]
    async fn beat<A: Permission<Target = QueueId>>(
        self: Arc<Self>,
        held: Arc<HeldRun<A>>,
        feel: watch::Sender<LeaseState>,
    ) {
        let mut kept = tokio::time::Instant::now();
        loop {
            tokio::time::sleep(BEAT / 4).await;
            let felt = match self.store.beat_run(&held).await {
                Ok(Some(RunState::Running)) => self.still_may(&held).await,
                Ok(Some(_)) => LeaseState::Stopping,
                Ok(None) => LeaseState::Lost,
                // Nothing can be done while Redis is unreachable; the lease's time says when to give up.
                Err(_) if kept.elapsed() < LEASE => continue,
                Err(_) => LeaseState::Lost,
            };
            kept = tokio::time::Instant::now();
            let going = felt == LeaseState::Going;
            let is_lost = felt == LeaseState::Lost;
            // Nobody works any more, so nobody holds the run.
            if feel.send(felt).is_err() || is_lost {
                return;
            }
            tokio::time::sleep(if going { BEAT } else { BEAT / 4 }).await;
        }
    }

    /// Whether whoever took the run up still may. A policy of this process always may.
    async fn still_may<A: Permission<Target = QueueId>>(&self, held: &HeldRun<A>) -> LeaseState {
        let by = held.by();
        let Some(name) = by.actor().user() else {
            return LeaseState::Going;
        };
        let user = match self.store.user(name).await {
            Ok(user) => user.filter(|user| !user.disabled),
            // A run does not end because Redis was unreachable for a moment.
            Err(error) if error.is_passing() => return LeaseState::Going,
            Err(error) => {
                tracing::error!(%error, user = name, "a run's user can't be read");
                return LeaseState::Forbidden(format!("{name} can't be read"));
            }
        };
        let Some(user) = user else {
            return LeaseState::Forbidden(format!("{name} may no longer sign in"));
        };
        let now = self.operator(&user, by.origin().clone());
        let run = held.run();
        let denied = run.queues().find_map(|queue| {
            let beside = run.kind.actions_beside().iter().copied();
            std::iter::once(A::action(queue))
                .chain(beside)
                .find_map(|action| now.check(action, Some(queue)).err())
        });
        match denied {
            Some(denied) => LeaseState::Forbidden(format!("{name} no longer may: {denied}")),
            None => LeaseState::Going,
        }
    }
}

/// The result of a run, for the audit log: `done: 120 done, 3 skipped (2 …, 1 …)`.
fn told(state: RunState, figures: &Figures) -> String {
    let reasons = figures.stayed.iter();
    let reasons: Vec<String> = reasons
        .map(|(why, count)| format!("{count} {why}"))
        .collect();
    let mut text = format!("{state}: {} done", figures.done);
    if !reasons.is_empty() {
        text += &format!(
            ", {} skipped ({})",
            figures.stayed_in_all(),
            reasons.join(", ")
        );
    }
    text
}
