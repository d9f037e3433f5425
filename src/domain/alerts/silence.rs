//! A silence: for a time, alerts of some rules and queues that begin to fire are shown and not sent.

use serde::{Deserialize, Serialize};

use super::book::Alert;
use crate::domain::access::scope::Scope;

/// How many silences are kept at once.
pub const MOST_SILENCES: usize = 100;

/// How many of them one person may have, so that nobody takes all of them.
pub const MOST_OF_PERSON: usize = 20;

/// The longest pattern of a silence, in characters.
pub const LONGEST_PATTERN: usize = 500;

/// A silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Its id, a ULID.
    pub id: String,
    /// What it is about, as [`AlertRule::watch`](super::rule::AlertRule::watch) says it; empty for every rule.
    pub rule: String,
    /// A pattern that its queues match, as in a scope.
    pub queues: String,
    /// The queues that whoever made it may see; it silences no others. Empty for every queue.
    pub scope: Vec<String>,
    /// Who made it.
    pub by: String,
    /// Why.
    pub why: String,
    /// From when, in Unix milliseconds.
    pub from: u64,
    /// Until when, in Unix milliseconds.
    pub until: u64,
}

impl Silence {
    /// Whether it silences an alert at `now`.
    pub fn covers(&self, alert: &Alert, now: u64) -> bool {
        let is_of_rule = self.rule.is_empty() || self.rule == alert.watch;
        self.holds_at(now) && is_of_rule && self.covers_queue(alert)
    }

    /// Whether this person may end it: whoever made it, who may see every queue, and who may see the same queues as whoever made
    /// it. Others would let alerts of queues through that they may not see.
    pub fn may_be_ended_by(&self, name: &str, scope: &Scope) -> bool {
        scope.is_everything() || self.by == name || scope.patterns() == self.scope
    }

    /// Whether it is in force at `now`.
    pub fn holds_at(&self, now: u64) -> bool {
        now < self.until
    }

    /// An alert of the server is silenced only by someone who may see every queue, and only by a silence of every queue.
    fn covers_queue(&self, alert: &Alert) -> bool {
        let (queues, scope) = (
            Scope::of(vec![self.queues.clone()]),
            Scope::of(self.scope.clone()),
        );
        match &alert.facts.queue {
            None => queues.is_everything() && scope.is_everything(),
            Some(queue) => queue
                .id()
                .is_some_and(|queue| queues.holds(&queue) && scope.holds(&queue)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::queue::QueueId;

    #[test]
    fn a_silence_never_reaches_beyond_the_scope_of_whoever_made_it() {
        let silence = |queues: &str, scope: &[&str]| Silence {
            id: "1".to_owned(),
            rule: String::new(),
            queues: queues.to_owned(),
            scope: scope.iter().map(|one| (*one).to_owned()).collect(),
            by: "olivia".to_owned(),
            why: "known".to_owned(),
            from: 0,
            until: 10,
        };
        let stranded = "stranded on *".parse().unwrap();
        let gap = "audit gap".parse().unwrap();
        let queue = QueueId::new("bull", "email/v1").unwrap();
        let of_queue = Alert::begun(&stranded, Some(&queue), 1, 0);
        let of_server = Alert::begun(&gap, None, 1, 0);
        for (queues, scope, covers) in [
            ("*", &[][..], (true, true)),
            ("email/*", &[], (true, false)),
            ("sms/*", &[], (false, false)),
            ("*", &["email/*"], (true, false)),
            ("*", &["sms/*"], (false, false)),
        ] {
            let silence = silence(queues, scope);
            let covered = (silence.covers(&of_queue, 9), silence.covers(&of_server, 9));
            assert_eq!(covered, covers, "{queues} {scope:?}");
            assert!(!silence.covers(&of_queue, 10), "it is over");
        }
    }
}
