//! The messages that wait, and the tries to send them that are under way: one at a time to each webhook.

use std::collections::{HashMap, HashSet};

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;

use super::send::{Tried, send};
use crate::clock::unix_millis;
use crate::domain::alerts::message::{AlertMessage, MessageKind};
use crate::domain::alerts::outbox::{Outbox, WaitingMessage};
use crate::domain::alerts::step::Told;
use crate::service::rules::Rules;
use crate::store::records::alerts::WebhookStatuses;
use crate::store::webhooks::WebhookClient;

/// How long a webhook that did not take a message is left alone, in ms: many may wait for it.
const REST: u64 = 1_000;

/// The messages, and how the webhooks do.
pub(super) struct Delivery {
    client: WebhookClient,
    pub(super) webhooks: WebhookStatuses,
    outbox: Outbox,
    sends: FuturesUnordered<BoxFuture<'static, Tried>>,
    /// The webhooks with a try under way.
    busy: HashSet<String>,
    /// Until when a webhook is not tried that did not take a message, in Unix milliseconds.
    rests: HashMap<String, u64>,
}

/// What a change of the outbox is.
#[derive(Default)]
pub(super) struct OutboxChange {
    /// Messages to keep as they are now.
    pub(super) kept: Vec<WaitingMessage>,
    /// The ids of those to delete.
    pub(super) deleted: Vec<String>,
}

impl Delivery {
    /// Goes on with what the leader before left.
    pub(super) fn new(
        allows_private: bool,
        webhooks: WebhookStatuses,
        waiting: Vec<WaitingMessage>,
    ) -> Self {
        Self {
            client: WebhookClient::new(allows_private),
            webhooks,
            outbox: Outbox::of(waiting),
            sends: FuturesUnordered::new(),
            busy: HashSet::new(),
            rests: HashMap::new(),
        }
    }

    /// Whether no message waits.
    pub(super) fn is_empty(&self) -> bool {
        self.outbox.counts().is_empty()
    }

    /// The next try that ends; pending where none is under way.
    pub(super) async fn next_tried(&mut self) -> Tried {
        match self.sends.next().await {
            Some(tried) => tried,
            None => std::future::pending().await,
        }
    }

    /// Puts the messages about what the webhooks are to be told into the outbox, and takes out those of webhooks that are gone.
    pub(super) fn put(&mut self, rules: &Rules, told: &[Told]) -> OutboxChange {
        let names = names(rules);
        let deleted = self.outbox.orphans(&names);
        for id in &deleted {
            self.outbox.take(id);
        }
        let kept: Vec<WaitingMessage> = told
            .iter()
            .flat_map(|told| self.messages(rules, told))
            .collect();
        OutboxChange { kept, deleted }
    }

    fn messages(&mut self, rules: &Rules, told: &Told) -> Vec<WaitingMessage> {
        let Told { alert, is_resolved } = told;
        let kind = match is_resolved {
            true => MessageKind::Resolved,
            false => MessageKind::Firing,
        };
        let facts = &alert.facts;
        let queue = facts.queue.as_ref().map_or("", |queue| &queue.name);
        tracing::info!(rule = %facts.rule, queue, is_resolved, "an alert changed");
        let (mut made, now) = (Vec::new(), unix_millis());
        for webhook in rules.webhooks.iter().filter(|one| alert.tells(&one.name)) {
            let name = &webhook.name;
            if !self.outbox.has_room(name, kind) {
                self.webhooks.entry(name.clone()).or_default().dropped += 1;
                tracing::warn!(webhook = %name, "too many messages wait, and one was dropped");
                continue;
            }
            let waiting = WaitingMessage {
                message: AlertMessage::about(alert, kind, name, now),
                tries: 0,
                next: now,
            };
            self.outbox.put(waiting.clone());
            made.push(waiting);
        }
        made
    }

    /// Begins to send one message to each webhook that is neither busy nor at rest.
    pub(super) fn send_due(&mut self, rules: &Rules) {
        let now = unix_millis();
        for webhook in &rules.webhooks {
            let rests = self.rests.get(&webhook.name);
            // A time that is too far away is from another clock.
            let is_at_rest = rests.is_some_and(|until| (now..=now + REST).contains(until));
            if is_at_rest || self.busy.contains(&webhook.name) {
                continue;
            }
            if let Some(waiting) = self.outbox.due(&webhook.name, now) {
                let sent = send(&self.client, rules, webhook, &waiting.message);
                self.sends.push(sent);
                self.busy.insert(webhook.name.clone());
            }
        }
    }

    /// Takes what became of a try.
    pub(super) fn settle(&mut self, tried: Tried) -> OutboxChange {
        let Tried {
            id,
            webhook,
            result,
        } = tried;
        self.busy.remove(&webhook);
        let Some(waiting) = self.outbox.take(&id) else {
            return OutboxChange::default();
        };
        let now = unix_millis();
        let mut again = None;
        if let Err(error) = &result {
            again = waiting.tried(now);
            let is_last = again.is_none();
            tracing::warn!(%webhook, %id, %error, is_last, "a message was not taken");
            self.rests.insert(webhook.clone(), now + REST);
        }
        let status = self.webhooks.entry(webhook).or_default();
        status.given_up += u64::from(result.is_err() && again.is_none());
        status.tried(now, result.map_err(|error| error.to_string()));
        match again {
            Some(again) => {
                self.outbox.put(again.clone());
                OutboxChange {
                    kept: vec![again],
                    deleted: Vec::new(),
                }
            }
            None => OutboxChange {
                kept: Vec::new(),
                deleted: vec![id],
            },
        }
    }

    /// How the webhooks of the settings do, with how many messages wait for each.
    pub(super) fn counted(&mut self, rules: &Rules) -> &WebhookStatuses {
        let names = names(rules);
        self.webhooks
            .retain(|name, _| names.contains(&name.as_str()));
        let counts = self.outbox.counts();
        for name in names {
            let waiting = counts.get(name).copied().unwrap_or(0);
            self.webhooks.entry(name.to_owned()).or_default().waiting = waiting;
        }
        &self.webhooks
    }
}

fn names(rules: &Rules) -> Vec<&str> {
    rules.webhooks.iter().map(|one| one.name.as_str()).collect()
}
