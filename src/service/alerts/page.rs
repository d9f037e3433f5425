//! What one person may see of alerts: those of queues in their scope, and those of the server. From memory alone.

use std::sync::Arc;

use tokio::sync::watch;

use super::readings::AlertsKnown;
use crate::clock::unix_millis;
use crate::domain::access::{Operator, Role};
use crate::domain::alerts::book::{Alert, PastAlert};
use crate::domain::alerts::outbox::WebhookStatus;
use crate::domain::alerts::rule::Severity;
use crate::domain::alerts::silence::Silence;
use crate::domain::alerts::webhook::Webhook;
use crate::service::Services;

/// An alert that fires.
#[derive(Debug)]
pub struct FiringAlert {
    /// The alert.
    pub alert: Alert,
    /// The id of a silence that covers it.
    pub silence: Option<String>,
}

/// A webhook, as an admin sees it.
#[derive(Debug)]
pub struct WebhookSeen<'a> {
    /// Its name, form and host.
    pub webhook: &'a Webhook,
    /// How it does.
    pub status: WebhookStatus,
}

/// The alerts that someone may see.
#[derive(Debug)]
pub struct AlertsSeen<'a> {
    /// Those that fire, the worst and the newest first.
    pub firing: Vec<FiringAlert>,
    /// Those whose condition holds, not yet long enough.
    pub pending: Vec<Alert>,
    /// Those resolved lately, the newest first.
    pub recent: Vec<PastAlert>,
    /// How many further conditions hold, that are not watched since too many do.
    pub left_out: u64,
    /// The silences in force.
    pub silences: Vec<Silence>,
    /// What may be silenced: what is watched, for those who may know of every queue; else of what they see.
    pub watches: Vec<String>,
    /// The rules in force, for those who may know of every queue.
    pub rules: Vec<String>,
    /// The webhooks, for admins.
    pub webhooks: Option<Vec<WebhookSeen<'a>>>,
}

/// What the frame of every page says.
#[derive(Debug, Default)]
pub struct AlertsInShort {
    /// How many fire that are not silenced.
    pub firing: usize,
    /// How many of these are critical, and the newest of them.
    pub critical: usize,
    /// What the newest critical one says, with its queue.
    pub newest: Option<Alert>,
    /// The webhooks that lose messages, for admins.
    pub dead: Vec<String>,
}

impl Services {
    /// What is known of alerts, each time that pages show something else of it.
    pub(crate) fn alerts_changes(&self) -> watch::Receiver<Arc<AlertsKnown>> {
        self.alerts.changes()
    }

    /// What the frame of a page says of alerts.
    pub fn alerts_in_short(&self, operator: &Operator) -> AlertsInShort {
        let known = self.alerts.known();
        let mut short = AlertsInShort::default();
        let loud = known.firing.iter().filter(|(_, silence)| silence.is_none());
        for (alert, _) in loud.filter(|(alert, _)| may_see(operator, alert)) {
            short.firing += 1;
            if alert.facts.severity == Severity::Critical {
                short.critical += 1;
                if short
                    .newest
                    .as_ref()
                    .is_none_or(|newest| newest.fired < alert.fired)
                {
                    short.newest = Some(alert.clone());
                }
            }
        }
        if operator.role() == Role::Admin {
            let dead = known.webhooks.iter().filter(|(_, status)| status.is_dead());
            short.dead = dead.map(|(name, _)| name.clone()).collect();
        }
        short
    }

    /// The alerts that someone may see.
    pub fn alerts_seen(&self, operator: &Operator) -> AlertsSeen<'_> {
        let known = self.alerts.known();
        let sees_all = operator.scope().is_everything();
        let mut firing: Vec<FiringAlert> = (known.firing.iter())
            .filter(|(alert, _)| may_see(operator, alert))
            .map(|(alert, silence)| FiringAlert {
                alert: alert.clone(),
                silence: silence.clone(),
            })
            .collect();
        firing.sort_by_key(|one| std::cmp::Reverse((one.alert.facts.severity, one.alert.fired)));
        let pending = known.book.alerts().filter(|alert| !alert.is_firing());
        let pending: Vec<Alert> = pending
            .filter(|alert| may_see(operator, alert))
            .cloned()
            .collect();
        let recent = known
            .book
            .recent()
            .filter(|past| may_see(operator, &past.alert));
        let mut watches: Vec<String> = match sees_all {
            true => self.rules.alerts.iter().map(|rule| rule.watch()).collect(),
            false => {
                let seen = firing.iter().map(|one| &one.alert).chain(&pending);
                seen.map(|alert| alert.watch.clone()).collect()
            }
        };
        watches.sort();
        watches.dedup();
        AlertsSeen {
            recent: recent.cloned().collect(),
            left_out: if sees_all { known.book.left_out() } else { 0 },
            silences: self.silences_seen(operator, &known),
            rules: match sees_all {
                true => self.rules.alerts.iter().map(ToString::to_string).collect(),
                false => Vec::new(),
            },
            webhooks: (operator.role() == Role::Admin).then(|| self.webhooks_seen(&known)),
            firing,
            pending,
            watches,
        }
    }

    /// The silences that someone may know of: their own, those of alerts that they see, and all where they may see every queue.
    pub(super) fn silences_seen(
        &self,
        operator: &Operator,
        known: &Arc<AlertsKnown>,
    ) -> Vec<Silence> {
        let now = unix_millis();
        let covers_seen = |silence: &Silence| {
            let mut alerts = known.book.alerts();
            alerts.any(|alert| may_see(operator, alert) && silence.covers(alert, now))
        };
        let is_seen = |silence: &&Silence| {
            silence.holds_at(now)
                && (operator.scope().is_everything()
                    || silence.by == operator.name()
                    || covers_seen(silence))
        };
        known.silences.iter().filter(is_seen).cloned().collect()
    }

    fn webhooks_seen(&self, known: &AlertsKnown) -> Vec<WebhookSeen<'_>> {
        let seen = self.rules.webhooks.iter().map(|webhook| WebhookSeen {
            status: (known.webhooks.get(&webhook.name).cloned()).unwrap_or_default(),
            webhook,
        });
        seen.collect()
    }
}

fn may_see(operator: &Operator, alert: &Alert) -> bool {
    let Some(queue) = &alert.facts.queue else {
        return true;
    };
    queue
        .id()
        .is_some_and(|queue| operator.scope().holds(&queue))
}
