//! Moves the alerts on by what was measured: pending, firing, resolved.
//!
//! How long something holds is added up from step to step, and a step counts for [`LONGEST_STEP`] at most. So neither a clock that
//! jumps nor a process that was away makes an alert fire that was not watched.

use std::collections::BTreeMap;
use std::time::Duration;

use super::book::{
    Alert, AlertBook, AlertKey, MOST_ALERTS, MOST_NAME_BYTES, MOST_RECENT, PastAlert,
};
use super::facts::AlertQueue;
use super::rule::AlertRule;
use super::silence::Silence;
use crate::domain::queue::QueueId;

/// How much time one step may count for.
pub(crate) const LONGEST_STEP: Duration = Duration::from_secs(60);

/// What was found of one rule, in one queue unless it is a rule of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured<'a> {
    /// The rule.
    pub rule: &'a AlertRule,
    /// The queue.
    pub queue: Option<QueueId>,
    /// The value; `None` while it is not known, which changes nothing.
    pub value: Option<u64>,
}

impl Measured<'_> {
    /// What it is about.
    pub fn key(&self) -> AlertKey {
        (self.rule.name(), self.queue.as_ref().map(AlertQueue::from))
    }
}

/// What the webhooks are to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The alert.
    pub alert: Alert,
    /// Whether it is resolved; otherwise it fires.
    pub is_resolved: bool,
}

/// What becomes of an alert in a step.
enum Moved {
    Kept(Alert),
    Resolved(Alert),
    Dropped,
}

/// A step as it goes on.
struct Step<'a> {
    silences: &'a [Silence],
    now: u64,
    /// How much time it counts for, in ms.
    passed: u64,
    told: Vec<Told>,
    resolved: Vec<PastAlert>,
}

impl AlertBook {
    /// Moves all alerts on to `now`. `measured` has everything that is breached, and everything that is kept; what is kept and not
    /// in it is gone. Returns what the webhooks are to be told, and whether anything changed beside times and values.
    pub fn step(
        &mut self,
        measured: &[Measured<'_>],
        silences: &[Silence],
        now: u64,
    ) -> (Vec<Told>, bool) {
        let mut step = Step {
            silences,
            now,
            passed: self.passed_until(now),
            told: Vec::new(),
            resolved: Vec::new(),
        };
        self.stepped = now;
        let mut before = std::mem::take(&mut self.alerts);
        let at_first = phases(&before);
        let mut bytes: usize = before.values().map(Alert::name_bytes).sum();
        let mut left_out = 0;
        for one in measured {
            let key = one.key();
            let moved = match (before.remove(&key), one.value) {
                (Some(alert), value) => moved_on(alert, one.rule, value, step.passed, now),
                (None, Some(value)) if one.rule.is_breached(value) => {
                    let alert = Alert::begun(one.rule, one.queue.as_ref(), value, now);
                    let count = self.alerts.len() + before.len();
                    if count >= MOST_ALERTS || bytes + alert.name_bytes() > MOST_NAME_BYTES {
                        left_out += 1;
                        continue;
                    }
                    bytes += alert.name_bytes();
                    moved_on(alert, one.rule, Some(value), 0, now)
                }
                (None, _) => continue,
            };
            match moved {
                Moved::Kept(alert) => {
                    self.alerts.insert(key, step.told_once(alert));
                }
                Moved::Resolved(alert) => step.resolve(alert, "it is clear"),
                Moved::Dropped => {}
            }
        }
        for alert in before.into_values().filter(Alert::is_firing) {
            step.resolve(alert, "its rule or its queue is gone");
        }
        let has_changed = !step.told.is_empty()
            || !step.resolved.is_empty()
            || self.left_out != left_out
            || at_first != phases(&self.alerts);
        self.left_out = left_out;
        self.remember(step.resolved);
        (step.told, has_changed)
    }

    /// Adds those that were resolved, and forgets the oldest beyond the bounds.
    fn remember(&mut self, resolved: Vec<PastAlert>) {
        for past in resolved {
            self.recent.push_front(past);
        }
        self.recent.truncate(MOST_RECENT);
        let bytes = self.recent.iter().map(|past| past.alert.name_bytes());
        let mut bytes: usize = bytes.sum();
        while bytes > MOST_NAME_BYTES {
            let oldest = self.recent.pop_back();
            bytes -= oldest.map_or(bytes, |past| past.alert.name_bytes());
        }
    }

    /// How much time has passed since the last step, in ms, as far as a step counts.
    fn passed_until(&self, now: u64) -> u64 {
        match self.stepped {
            0 => 0,
            before => now.saturating_sub(before).min(millis(LONGEST_STEP)),
        }
    }
}

impl Step<'_> {
    fn is_silent(&self, alert: &Alert) -> bool {
        let mut silences = self.silences.iter();
        silences.any(|silence| silence.covers(alert, self.now))
    }

    /// The alert, of which the webhooks are told once it fires and is not silenced.
    fn told_once(&mut self, mut alert: Alert) -> Alert {
        if alert.is_firing() && !alert.told && !self.is_silent(&alert) {
            alert.told = true;
            self.told.push(Told {
                alert: alert.clone(),
                is_resolved: false,
            });
        }
        alert
    }

    fn resolve(&mut self, alert: Alert, why: &str) {
        // Silence or not: a receiver would keep open what it was told of.
        if alert.told {
            self.told.push(Told {
                alert: alert.clone(),
                is_resolved: true,
            });
        }
        self.resolved.push(PastAlert {
            alert,
            resolved: self.now,
            why: why.to_owned(),
        });
    }
}

/// What is kept, and whether it fires.
fn phases(alerts: &BTreeMap<AlertKey, Alert>) -> Vec<(AlertKey, bool)> {
    let phase = |(key, alert): (&AlertKey, &Alert)| (key.clone(), alert.is_firing());
    alerts.iter().map(phase).collect()
}

fn moved_on(
    mut alert: Alert,
    rule: &AlertRule,
    value: Option<u64>,
    passed: u64,
    now: u64,
) -> Moved {
    let Some(value) = value else {
        return Moved::Kept(alert);
    };
    if !alert.is_firing() {
        if !rule.is_breached(value) {
            return Moved::Dropped;
        }
        alert.held += passed;
        if alert.held >= millis(rule.hold) {
            alert.fired = Some(now);
        }
    } else if rule.is_clear(value) {
        let clear = alert.clear.map_or(0, |before| before + passed);
        if clear >= millis(rule.clears_after) {
            return Moved::Resolved(alert);
        }
        alert.clear = Some(clear);
        return Moved::Kept(alert);
    } else {
        alert.clear = None;
    }
    alert.facts.value = value;
    if !alert.told {
        alert.to.clone_from(&rule.to);
    }
    alert.facts.words = rule.condition.words(value);
    Moved::Kept(alert)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
