//! What is kept of all alerts: those that are pending or firing, and those that were resolved lately. `step.rs` moves them on.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::facts::{AlertFacts, AlertQueue};
use super::rule::AlertRule;
use crate::domain::queue::QueueId;

/// How many pending and firing alerts are kept at most. Further ones are counted and not watched.
pub const MOST_ALERTS: usize = 1_000;

/// How many bytes the names of their rules and queues may have together, and those of the resolved ones: a name may have 8 kB.
pub const MOST_NAME_BYTES: usize = 256 * 1024;

/// How many resolved alerts are kept.
pub const MOST_RECENT: usize = 200;

/// What an alert is about: a rule, and the queue unless it is a rule of the server.
pub type AlertKey = (String, Option<AlertQueue>);

/// A condition that holds, or held a moment ago.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What holds, where, and since when.
    #[serde(flatten)]
    pub facts: AlertFacts,
    /// The rule without its queues, as [`AlertRule::watch`] says it.
    pub watch: String,
    /// The webhooks that are told; none for all of them. Once they were told that it fires, the same are told of its end.
    pub to: Vec<String>,
    /// For how long it has held since, in ms, as far as it was watched.
    pub held: u64,
    /// When it fired; `None` while it is pending.
    pub fired: Option<u64>,
    /// For how long it has been clear, in ms; `None` while the condition holds.
    pub clear: Option<u64>,
    /// Whether the webhooks were told that it fires.
    pub told: bool,
}

impl Alert {
    /// What it is about.
    pub fn key(&self) -> AlertKey {
        (self.facts.rule.clone(), self.facts.queue.clone())
    }

    /// Whether its rule tells the webhook of this name.
    pub(crate) fn tells(&self, webhook: &str) -> bool {
        self.to.is_empty() || self.to.iter().any(|name| name == webhook)
    }

    /// Whether it fires.
    pub fn is_firing(&self) -> bool {
        self.fired.is_some()
    }

    /// A new alert, pending from `now`.
    pub(super) fn begun(rule: &AlertRule, queue: Option<&QueueId>, value: u64, now: u64) -> Self {
        Self {
            facts: AlertFacts {
                rule: rule.name(),
                queue: queue.map(AlertQueue::from),
                severity: rule.severity,
                words: rule.condition.words(value),
                value,
                threshold: rule.condition.threshold(),
                since: now,
            },
            watch: rule.watch(),
            to: rule.to.clone(),
            held: 0,
            fired: None,
            clear: None,
            told: false,
        }
    }

    /// How many bytes the names of its rule and queue have.
    pub(super) fn name_bytes(&self) -> usize {
        let queue = self.facts.queue.as_ref();
        self.facts.rule.len() + queue.map_or(0, |queue| queue.name.len())
    }
}

/// An alert that fired and was resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastAlert {
    /// As it was last.
    pub alert: Alert,
    /// When it was resolved, in Unix milliseconds.
    pub resolved: u64,
    /// Why, in words.
    pub why: String,
}

/// All alerts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AlertBook {
    /// The pending and the firing.
    #[serde(with = "as_list")]
    pub(super) alerts: BTreeMap<AlertKey, Alert>,
    /// Those resolved lately, the newest first.
    pub(super) recent: VecDeque<PastAlert>,
    /// When the last step was, in Unix milliseconds; 0 for never.
    pub(super) stepped: u64,
    /// How many conditions held in the last step that there was no room to watch.
    pub(super) left_out: u64,
}

impl AlertBook {
    /// The pending and the firing, by rule and queue.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.values()
    }

    /// Those resolved lately, the newest first.
    pub fn recent(&self) -> impl Iterator<Item = &PastAlert> {
        self.recent.iter()
    }

    /// Whether people are shown the same of both: how long something was watched is not shown.
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        let shown = |book: &Self| -> Vec<_> {
            let alerts = book.alerts.values().cloned();
            alerts
                .map(|alert| Alert {
                    held: 0,
                    clear: None,
                    ..alert
                })
                .collect()
        };
        (self.left_out, &self.recent) == (other.left_out, &other.recent)
            && shown(self) == shown(other)
    }

    /// How many conditions hold that are not watched, since too many do.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }
}

/// JSON has no keys of several parts, so the alerts are a list there.
mod as_list {
    use super::{Alert, AlertKey, BTreeMap};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        alerts: &BTreeMap<AlertKey, Alert>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(alerts.values())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<AlertKey, Alert>, D::Error> {
        let list = Vec::<Alert>::deserialize(deserializer)?;
        Ok(list.into_iter().map(|alert| (alert.key(), alert)).collect())
    }
}
