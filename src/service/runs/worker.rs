//! Being at work on a run: the task that does piece after piece, and its heart, which keeps the lease and asks again whether
//! whoever took the run up still may.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::unix_millis;
use crate::domain::access::Operator;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::run::{Figures, Run, RunState};
use crate::service::Services;
use crate::service::accounts::users::is_name;
use crate::service::error::ServiceError;
use crate::service::runs::work::{HeldLease, RunProgress, Work};
use crate::store::error::StoreError;
use crate::store::records::runs::LEASE;

/// How often the lease is kept, and the rights of whoever began the run are asked for again.
const BEAT: Duration = Duration::from_secs(1);

/// How long to wait before a piece is tried again after Redis did not answer.
const AGAIN: Duration = Duration::from_millis(200);

/// What the heart of a run last felt.
#[derive(Debug, Clone, PartialEq, Eq)]
enum LeaseState {
    Going,
    Stopping,
    Forbidden(String),
    Lost,
}

impl Services {
    /// Does piece after piece until the work is done, the run is told to stop, or it is no longer this process's.
    pub(crate) async fn drive(self: Arc<Self>, held: HeldLease, mut work: Box<dyn Work<Services>>) {
        let (feel, pulse) = watch::channel(LeaseState::Going);
        let heart = tokio::spawn(Arc::clone(&self).beat(held.clone(), feel));
        let (state, words) = loop {
            match pulse.borrow().clone() {
                LeaseState::Going => {}
                LeaseState::Stopping => break (RunState::Stopped, String::new()),
                LeaseState::Forbidden(words) => break (RunState::Stopped, words),
                LeaseState::Lost => {
                    heart.abort();
                    tracing::warn!(run = %held.run.id, "a run is no longer this process's");
                    return;
                }
            }
            match work.step(&self, &held).await {
                Ok(RunProgress::More) => {}
                Ok(RunProgress::Done(words)) => break (RunState::Done, words),
                // The heart says which it is.
                Ok(RunProgress::Halted) => tokio::time::sleep(AGAIN).await,
                Err(ServiceError::Store(StoreError::Away(cause))) => {
                    tracing::warn!(run = %held.run.id, cause, "a run waits for Redis");
                    tokio::time::sleep(AGAIN).await;
                }
                Err(stop) => {
                    tracing::error!(run = %held.run.id, %stop, "a run failed");
                    break (RunState::Failed, stop.words());
                }
            }
        };
        self.end(&held, state, words).await;
        heart.abort();
    }

    /// Writes how a run ended, while its lease is still kept.
    async fn end(&self, held: &HeldLease, state: RunState, words: String) {
        let figures = match self.store.run(&held.run.id).await {
            Ok(Some(run)) => run.figures,
            _ => Figures::default(),
        };
        let outcome = match state {
            RunState::Failed => AuditOutcome::Failed,
            _ => AuditOutcome::Applied,
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
                Err(StoreError::Away(_) | StoreError::Refused(_))
                    if tries < LEASE.as_millis() / AGAIN.as_millis() =>
                {
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
    async fn beat(self: Arc<Self>, held: HeldLease, feel: watch::Sender<LeaseState>) {
        let mut kept = tokio::time::Instant::now();
        loop {
            tokio::time::sleep(BEAT / 4).await;
            let felt = match self.store.beat_run(&held.permit, &held.lease).await {
                Ok(Some(RunState::Running)) => self.still_may(&held).await,
                Ok(Some(_)) => LeaseState::Stopping,
                Ok(None) => LeaseState::Lost,
                // Nothing can be done while Redis is away; the lease says when to give up.
                Err(_) if kept.elapsed() < LEASE => continue,
                Err(_) => LeaseState::Lost,
            };
            kept = tokio::time::Instant::now();
            let going = felt == LeaseState::Going;
            // Whoever listens may have come to the end.
            let _ = feel.send(felt.clone());
            if felt == LeaseState::Lost {
                return;
            }
            tokio::time::sleep(if going { BEAT } else { BEAT / 4 }).await;
        }
    }

    /// Whether whoever took the run up still may. A name that no user can have is a policy's of this process.
    async fn still_may(&self, held: &HeldLease) -> LeaseState {
        let by = held.permit.by();
        if !is_name(by.name()) {
            return LeaseState::Going;
        }
        let user = match self.store.user(by.name()).await {
            Ok(user) => user.filter(|user| !user.disabled),
            // A run does not end because Redis was away for a moment.
            Err(StoreError::Away(_)) => return LeaseState::Going,
            Err(error) => {
                tracing::error!(%error, user = by.name(), "a run's user can't be read");
                return LeaseState::Forbidden(format!("{} can't be read", by.name()));
            }
        };
        let Some(user) = user else {
            return LeaseState::Forbidden(format!("{} may no longer sign in", by.name()));
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
            Some(denied) => LeaseState::Forbidden(format!("{} no longer may: {denied}", by.name())),
            None => LeaseState::Going,
        }
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
