//! Whether the background work goes on. One task reads it from Redis, so that pages and scrapes take it from memory.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::task_records::AFTER_PANIC;
use crate::clock::unix_millis;
use crate::domain::access::{Action, Operator, Role};
use crate::domain::background::BackgroundTask;
use crate::domain::background::health::{Health, TaskFailure};
use crate::domain::server::warning::Warning;
use crate::service::Services;
use crate::service::error::ServiceError;

/// How often it is read.
const EVERY: Duration = Duration::from_secs(3);

/// A task that fails for longer than this is worth a warning.
const FAILING_FOR_MS: u64 = 30_000;

/// For how long a task that was started again is a warning, in milliseconds: one that ends again and again stays one.
const RESTARTED_LATELY_MS: u64 = 600_000;

/// How the background work does.
#[derive(Debug)]
pub struct BackgroundSeen {
    /// Who leads and how far the history is recorded; `None` where Redis did not say so lately.
    pub health: Option<Health>,
    /// How many turns of this process's tasks failed.
    pub failures: u64,
    /// How often one was started again.
    pub restarts: u64,
    /// The last failure, and of which task.
    pub last: Option<(BackgroundTask, TaskFailure)>,
    /// How many damaged records this process has set aside.
    pub set_aside: u64,
    /// What is wrong now, the severe first.
    pub warnings: Vec<Warning>,
}

impl Services {
    /// Reads who leads and how far the history is recorded, until `stop`.
    pub(crate) async fn look_at_health(&self, stop: CancellationToken) {
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = stop.cancelled() => return,
            }
            let read = self.store.health(self.leadership.own_token()).await;
            let turn = read.as_ref().map(|_| ());
            self.tasks.note(BackgroundTask::LookAtHealth, turn);
            if let Ok(health) = read {
                self.health.keep(health);
            }
        }
    }

    /// How the background work does, for those who may see every queue.
    pub async fn background(&self, operator: &Operator) -> Result<BackgroundSeen, ServiceError> {
        self.check_may_anywhere(operator, Action::ViewServer)
            .await?;
        Ok(self.background_seen())
    }

    /// The warning for the overview of an admin: the background work is not done. `None` while Redis is unreachable, which the page
    /// says anyway.
    pub fn background_warning(&self, operator: &Operator) -> Option<Warning> {
        let is_told = operator.role() == Role::Admin && operator.may_anywhere(Action::ViewServer);
        if !is_told || self.overview.now().stale.is_some() {
            return None;
        }
        let mut warnings = self.background_seen().warnings.into_iter();
        warnings.find(|warning| warning.is_severe)
    }

    /// Whether no process leads, so that no alert is watched.
    pub fn is_without_leader(&self) -> bool {
        let now = unix_millis();
        let health = self.health.last().filter(|health| health.is_fresh(now));
        health.is_some_and(|health| self.lacks_leader(&health, now))
    }

    fn lacks_leader(&self, health: &Health, now: u64) -> bool {
        let began = self.overview.now().mark.process;
        health.is_without_leader(now, began, !self.rules.read_only)
    }

    fn background_seen(&self) -> BackgroundSeen {
        let now = unix_millis();
        let tasks: Vec<_> = self.tasks.all().collect();
        let failed = tasks
            .iter()
            .filter_map(|(task, record)| Some((*task, record.last.clone()?)));
        let health = self.health.last().filter(|health| health.is_fresh(now));
        BackgroundSeen {
            failures: tasks.iter().map(|(_, record)| record.failures).sum(),
            restarts: tasks.iter().map(|(_, record)| record.restarts).sum(),
            last: failed.max_by_key(|(_, failure)| failure.at_ms),
            set_aside: self.store.records_set_aside().values().sum(),
            warnings: self.background_warnings(health.as_ref(), now),
            health,
        }
    }

    fn background_warnings(&self, health: Option<&Health>, now: u64) -> Vec<Warning> {
        let may_lead = !self.rules.read_only;
        let mut told = Vec::new();
        let mut warnings = Vec::new();
        if health.is_some_and(|health| self.lacks_leader(health, now)) {
            told.push(BackgroundTask::Lead);
            let why = self
                .why(BackgroundTask::Lead)
                .unwrap_or_else(|| match may_lead {
                    true => "See the log of this process, and restart it.".to_owned(),
                    false => "This process may only read: start one without read_only.".to_owned(),
                });
            let means = "No history is recorded, no marks are made, and no alerts are sent.";
            let title = "No process leads";
            warnings.push(Warning::severe(title, format!("{means} {why}")));
        }
        if health.is_some_and(|health| health.is_unrecorded(now)) {
            told.push(BackgroundTask::RecordHistory);
            let why = self.why(BackgroundTask::RecordHistory);
            let elsewhere = "See the log of the leading process.".to_owned();
            let means = "Minutes that are not recorded within an hour are lost.";
            let title = "The history is not recorded";
            let advice = format!("{means} {}", why.unwrap_or(elsewhere));
            warnings.push(Warning::severe(title, advice));
        }
        for (task, record) in self.tasks.all().filter(|(task, _)| !told.contains(task)) {
            let last = record.last.filter(|last| {
                last.goes_on && last.at_ms.saturating_sub(last.since_ms) > FAILING_FOR_MS
            });
            if let (Some(_), Some(why)) = (last, self.why(task)) {
                let title = format!("{} fails", task.words());
                warnings.push(Warning::mild(title, why));
            }
            let lately = |at: u64| now.saturating_sub(at) < RESTARTED_LATELY_MS;
            if record.restarted_ms.is_some_and(lately) {
                let title = format!("{} was started again", task.words());
                warnings.push(Warning::mild(title, AFTER_PANIC.to_owned()));
            }
        }
        warnings
    }

    /// Why a task fails, and what to do about it; `None` if it does not.
    fn why(&self, task: BackgroundTask) -> Option<String> {
        let last = self.tasks.of(task).last.filter(|last| last.goes_on)?;
        Some(format!("{} {}", sentence(last.words), last.advice))
    }
}

/// Words that begin a sentence, with its full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
