//! Messages that wait to be sent, and what became of those that were.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::message::{AlertMessage, MessageKind};

/// How many messages may wait for one webhook; further ones are dropped and counted.
pub(crate) const MOST_OF_WEBHOOK: usize = 200;

/// How many may wait when one is added that an alert fires. The rest of the room is for those that one is resolved: a receiver would
/// keep open what it was told of.
const MOST_BEFORE_FIRING: usize = 100;

/// How often one is tried, over a little more than three hours.
pub(crate) const MOST_TRIES: u32 = 16;

/// The time before the second try, which doubles with each, and the longest.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(1_800);

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingMessage {
    /// The message.
    pub message: AlertMessage,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next, in Unix milliseconds.
    pub next: u64,
}

impl WaitingMessage {
    /// The same after a try at `now` that failed; `None` if that was the last one.
    pub(crate) fn tried(mut self, now: u64) -> Option<Self> {
        self.tries += 1;
        if self.tries >= MOST_TRIES {
            return None;
        }
        let wait = FIRST_WAIT.saturating_mul(1 << (self.tries - 1).min(20));
        self.next = now + millis(wait.min(LONGEST_WAIT));
        Some(self)
    }

    /// Whether it is to be sent at `now`. A time that is too far away was written under another clock.
    pub(crate) fn is_due(&self, now: u64) -> bool {
        self.next <= now || self.next > now + millis(LONGEST_WAIT)
    }
}

/// How a webhook does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WebhookStatus {
    /// When it was last tried, in Unix milliseconds; 0 for never.
    pub at: u64,
    /// What came of that, in words without any secret.
    pub answer: String,
    /// Whether it was taken.
    pub is_good: bool,
    /// How many messages were given up since one was last taken.
    pub given_up: u64,
    /// How many were dropped since then because too many waited.
    pub dropped: u64,
    /// How many wait.
    pub waiting: usize,
}

impl WebhookStatus {
    /// Takes what came of a try at `now`: the status of the answer, or why it was not taken.
    pub(crate) fn tried(&mut self, now: u64, result: Result<u16, String>) {
        self.at = now;
        self.is_good = result.is_ok();
        match result {
            Ok(code) => {
                self.answer = format!("took a message with status {code}");
                (self.given_up, self.dropped) = (0, 0);
            }
            Err(why) => self.answer = why,
        }
    }

    /// Whether messages are lost.
    pub fn is_dead(&self) -> bool {
        self.given_up + self.dropped > 0
    }
}

/// The messages that wait, by id; the ids are ordered by time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox(BTreeMap<String, WaitingMessage>);

impl Outbox {
    /// Those that were kept.
    pub(crate) fn of(kept: impl IntoIterator<Item = WaitingMessage>) -> Self {
        let by_id = |waiting: WaitingMessage| (waiting.message.id.clone(), waiting);
        Self(kept.into_iter().map(by_id).collect())
    }

    /// Whether there is room for one more message of a kind to a webhook.
    pub(crate) fn has_room(&self, webhook: &str, kind: MessageKind) -> bool {
        let most = match kind {
            MessageKind::Resolved => MOST_OF_WEBHOOK,
            MessageKind::Firing | MessageKind::Test => MOST_BEFORE_FIRING,
        };
        self.of_webhook(webhook).count() < most
    }

    /// Adds one.
    pub(crate) fn put(&mut self, waiting: WaitingMessage) {
        self.0.insert(waiting.message.id.clone(), waiting);
    }

    /// Takes one out.
    pub(crate) fn take(&mut self, id: &str) -> Option<WaitingMessage> {
        self.0.remove(id)
    }

    /// How many wait for each webhook.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for waiting in self.0.values() {
            *counts.entry(waiting.message.webhook.clone()).or_default() += 1;
        }
        counts
    }

    /// The ids of those whose webhook is not among `names`.
    pub(crate) fn orphans(&self, names: &[&str]) -> Vec<String> {
        let is_orphan =
            |waiting: &&WaitingMessage| !names.contains(&waiting.message.webhook.as_str());
        let orphans = self.0.values().filter(is_orphan);
        orphans.map(|waiting| waiting.message.id.clone()).collect()
    }

    /// The oldest one for a webhook that is due. An alert's message waits for the one before it of the same alert, so that none is
    /// resolved before it fired.
    pub(crate) fn due(&self, webhook: &str, now: u64) -> Option<&WaitingMessage> {
        let mut before: Vec<&AlertMessage> = Vec::new();
        for waiting in self.of_webhook(webhook) {
            let message = &waiting.message;
            let is_first = !before
                .iter()
                .any(|other| other.is_about_the_same_as(message));
            if is_first && waiting.is_due(now) {
                return Some(waiting);
            }
            before.push(message);
        }
        None
    }

    fn of_webhook(&self, webhook: &str) -> impl Iterator<Item = &WaitingMessage> {
        self.0
            .values()
            .filter(move |waiting| waiting.message.webhook == webhook)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn waiting(id: &str, rule: &str) -> WaitingMessage {
        let mut message = AlertMessage::test("chat", 0);
        (message.id, message.facts.rule) = (id.to_owned(), rule.to_owned());
        WaitingMessage {
            message,
            tries: 0,
            next: 0,
        }
    }

    #[test]
    fn a_message_is_tried_for_some_hours_and_then_given_up() {
        let (mut now, mut tries) = (0, 0);
        let mut next = Some(waiting("1", "a"));
        while let Some(one) = next {
            assert!(one.is_due(now.max(one.next)));
            now = now.max(one.next);
            next = one.tried(now);
            tries += 1;
        }
        assert_eq!(tries, MOST_TRIES);
        let hours = now as f64 / 3_600_000.0;
        assert!((3.0..4.0).contains(&hours), "{hours}");
    }

    #[test]
    fn a_clock_that_went_back_does_not_hold_a_message_back() {
        let mut one = waiting("1", "a");
        one.next = 100_000_000;
        assert!(one.is_due(0));
        one.next = 1_000_000;
        assert!(!one.is_due(0));
    }

    #[test]
    fn messages_of_one_alert_go_in_order_and_others_pass() {
        let mut first = waiting("1", "a");
        first.next = 1_000;
        let outbox = Outbox::of([first, waiting("2", "a"), waiting("3", "b")]);
        assert_eq!(outbox.due("chat", 0).unwrap().message.id, "3");
        assert_eq!(outbox.due("chat", 1_000).unwrap().message.id, "1");
        assert_eq!(outbox.due("other", 1_000), None);
        assert_eq!(outbox.orphans(&["chat"]).len(), 0);
        assert_eq!(outbox.orphans(&["other"]).len(), 3);
    }

    #[test]
    fn an_outbox_has_room_for_so_many_messages_to_a_webhook() {
        let room = |count, kind| {
            let many = (0..count).map(|at| waiting(&format!("{at:04}"), "a"));
            let outbox = Outbox::of(many);
            assert!(outbox.has_room("other", kind));
            outbox.has_room("chat", kind)
        };
        for (kind, most) in [(MessageKind::Firing, 100), (MessageKind::Resolved, 200)] {
            assert!(room(most - 1, kind) && !room(most, kind), "{kind:?}");
        }
    }
}
