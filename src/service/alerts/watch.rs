//! The task that follows the alerts. In the leading process it also watches for them and sends messages.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::leader::AlertLeader;
use super::readings::AlertsKnown;
use crate::clock::unix_millis;
use crate::domain::alerts::silence::Silence;
use crate::domain::background::BackgroundTask;
use crate::service::Services;
use crate::store::error::StoreError;

/// How often the alerts are looked at.
const EVERY: Duration = Duration::from_secs(1);

impl Services {
    /// Follows the alerts until `stop`.
    #[tracing::instrument(name = "alerts", level = "error", skip_all)]
    pub async fn watch_alerts(&self, stop: CancellationToken) {
        let mut leader = None::<AlertLeader>;
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let tried = async {
                match leader.as_mut() {
                    Some(leader) => leader.next_tried().await,
                    None => std::future::pending().await,
                }
            };
            let done = tokio::select! {
                _ = tick.tick() => self.alerts_turn(&mut leader).await,
                () = self.alerts.changed.notified() => self.alerts_turn(&mut leader).await,
                tried = tried => match leader.as_mut() {
                    Some(leader) => leader.settle(self, tried).await,
                    None => Ok(()),
                },
                () = stop.cancelled() => return,
            };
            let turn = done.as_ref().copied();
            self.tasks.note(BackgroundTask::WatchAlerts, turn);
            if done.is_err() {
                leader = None;
            }
        }
    }

    async fn alerts_turn(&self, leader: &mut Option<AlertLeader>) -> Result<(), StoreError> {
        // Where nothing is watched, the leader resolves what is left of rules that are gone, and then asks Redis nothing.
        let token = self.leadership().token();
        let rules = &self.rules.alerts;
        match leader {
            Some(led) if !led.leads_by(token.as_ref()) => *leader = None,
            Some(led) if led.is_idle(rules) => return Ok(()),
            None if rules.is_empty() && token.is_none() => return Ok(()),
            _ => {}
        }
        let (number, silences) = match (self.store.alerts_changed().await, &token) {
            (Err(error), Some(token)) if error.is_wrong_type() => {
                self.store.set_aside_odd_alerts(token.as_str()).await?;
                self.store.alerts_changed().await?
            }
            (changed, _) => changed?,
        };
        // Another process led in between, unnoticed: what is held here is old.
        if leader.as_ref().is_some_and(|led| led.number() != number) {
            *leader = None;
        }
        match (leader.as_mut(), token) {
            (Some(led), _) => led.turn(self, &silences).await?,
            (None, Some(token)) => {
                let led = leader.insert(AlertLeader::begin(self, token, number).await?);
                led.turn(self, &silences).await?;
            }
            (None, None) => return self.follow_alerts(number, silences).await,
        }
        if let Some(led) = leader {
            self.alerts.keep(led.known(silences));
        }
        Ok(())
    }

    /// Takes what the leading process keeps.
    async fn follow_alerts(&self, number: u64, silences: Vec<Silence>) -> Result<(), StoreError> {
        let known = self.alerts.known();
        let (book, webhooks) = match number == known.number {
            true => (Arc::clone(&known.book), Arc::clone(&known.webhooks)),
            false => {
                let (book, webhooks) = self.store.alerts().await?;
                (Arc::new(book), Arc::new(webhooks))
            }
        };
        let known = AlertsKnown::new(number, book, webhooks, silences, unix_millis());
        self.alerts.keep(known);
        Ok(())
    }
}
