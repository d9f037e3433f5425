//! What the leading process holds of alerts: all of them, the messages that wait, and the tries that are under way.
//!
//! Redis has the same. Whatever goes wrong there, the leader drops what it holds and reads it again, so a message may be sent twice,
//! with the same id.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;

use super::measure::{OtherFacts, measure};
use super::readings::AlertsKnown;
use super::send::{Tried, send};
use crate::clock::{instant, unix_millis};
use crate::domain::alerts::book::AlertBook;
use crate::domain::alerts::condition::Condition;
use crate::domain::alerts::message::{AlertMessage, MessageKind};
use crate::domain::alerts::outbox::{Outbox, WaitingMessage};
use crate::domain::alerts::rule::AlertRule;
use crate::domain::alerts::silence::Silence;
use crate::domain::alerts::step::Told;
use crate::service::Services;
use crate::service::leader::LeaderToken;
use crate::service::rules::Rules;
use crate::store::error::StoreError;
use crate::store::records::alerts::{AlertChange, WebhookStatuses};
use crate::store::webhooks::WebhookClient;

/// How often what is held is kept, where only times and values changed.
const KEEP_EVERY: Duration = Duration::from_secs(10);

/// How often the server and the schedulers are asked.
const ASK_EVERY: Duration = Duration::from_secs(10);

/// How long after it began to lead a process takes a queue for gone that it does not find.
const FINDS_ALL_WITHIN: Duration = Duration::from_secs(60);

/// What the leading process holds.
pub(super) struct AlertLeader {
    pub(super) token: LeaderToken,
    client: WebhookClient,
    began: Instant,
    number: u64,
    book: AlertBook,
    webhooks: WebhookStatuses,
    outbox: Outbox,
    sends: FuturesUnordered<BoxFuture<'static, Tried>>,
    /// The webhooks with a try under way.
    busy: HashSet<String>,
    other: OtherFacts,
    asked: Option<Instant>,
    kept: Instant,
}

impl AlertLeader {
    /// Reads what the leader before left.
    pub(super) async fn begin(
        services: &Services,
        token: LeaderToken,
        number: u64,
    ) -> Result<Self, StoreError> {
        let (book, webhooks) = services.store.alerts().await?;
        let waiting = services.store.waiting_messages().await?;
        let now = instant();
        Ok(Self {
            token,
            client: WebhookClient::new(services.rules.webhooks_private),
            began: now,
            number,
            book,
            webhooks,
            outbox: Outbox::of(waiting),
            sends: FuturesUnordered::new(),
            busy: HashSet::new(),
            other: OtherFacts::default(),
            asked: None,
            kept: now,
        })
    }

    /// Whether there is nothing to watch, to resolve or to send.
    pub(super) fn is_idle(&self, rules: &[AlertRule]) -> bool {
        rules.is_empty() && self.book.alerts().next().is_none() && self.outbox.counts().is_empty()
    }

    /// The next try that ends; pending where none is under way.
    pub(super) async fn next_tried(&mut self) -> Tried {
        match self.sends.next().await {
            Some(tried) => tried,
            None => std::future::pending().await,
        }
    }

    /// What every page may know.
    pub(super) fn known(&self, silences: Vec<Silence>) -> AlertsKnown {
        AlertsKnown::new(
            self.number,
            Arc::new(self.book.clone()),
            Arc::new(self.webhooks.clone()),
            silences,
            unix_millis(),
        )
    }

    /// Watches once, keeps what changed, and begins to send what is due.
    pub(super) async fn turn(
        &mut self,
        services: &Services,
        silences: &[Silence],
    ) -> Result<(), StoreError> {
        let snapshot = services.overview.now();
        let is_counted = snapshot.taken.is_some() && snapshot.stale.is_none();
        let (mut told, mut has_changed) = (Vec::new(), false);
        if is_counted {
            self.ask(services).await;
            let all_found = self.began.elapsed() > FINDS_ALL_WITHIN;
            let (rules, now) = (&services.rules.alerts, unix_millis());
            let measured = measure(rules, &snapshot, &self.other, &self.book, all_found, now);
            (told, has_changed) = self.book.step(&measured, silences, now);
        }
        let made = self.make_messages(&services.rules, &told);
        let names: Vec<&str> = services
            .rules
            .webhooks
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        let orphans = self.outbox.orphans(&names);
        for id in &orphans {
            self.outbox.take(id);
        }
        let is_old = self.kept.elapsed() > KEEP_EVERY && self.book.alerts().next().is_some();
        if has_changed || is_old || !told.is_empty() || !orphans.is_empty() {
            let change = AlertChange {
                kept: made.iter().collect(),
                deleted: orphans.iter().map(String::as_str).collect(),
                book: Some(&self.book),
                webhooks: counted(&mut self.webhooks, &self.outbox, &names),
            };
            self.number = kept(services, &self.token, &change).await?;
            self.kept = instant();
        }
        self.send_due(&services.rules);
        Ok(())
    }

    /// Asks for what the snapshot does not have, if a rule needs it.
    async fn ask(&mut self, services: &Services) {
        self.other.audit_waiting = services.unwritten.len() as u64;
        if self.asked.is_some_and(|at| at.elapsed() < ASK_EVERY) {
            return;
        }
        self.asked = Some(instant());
        let needs = |which: fn(&Condition) -> bool| {
            services
                .rules
                .alerts
                .iter()
                .any(|rule| which(&rule.condition))
        };
        if needs(|one| matches!(one, Condition::RedisMemory(_) | Condition::EvictionPolicy)) {
            let seen = services.server_seen().await.ok();
            self.other.server = seen.and_then(|seen| seen.state.clone());
        }
        if needs(|one| *one == Condition::LateSchedulers) {
            self.other.late = services.late_schedulers(unix_millis()).await.ok();
        }
    }

    /// The messages about what the webhooks are to be told; they are in the outbox then.
    fn make_messages(&mut self, rules: &Rules, told: &[Told]) -> Vec<WaitingMessage> {
        let (mut made, now) = (Vec::new(), unix_millis());
        for Told { alert, is_resolved } in told {
            let kind = match is_resolved {
                true => MessageKind::Resolved,
                false => MessageKind::Firing,
            };
            let queue = alert.queue.as_ref().map_or("", |queue| queue.name.as_str());
            tracing::info!(rule = %alert.rule, queue, is_resolved, "an alert changed");
            for webhook in rules.webhooks.iter().filter(|one| alert.tells(&one.name)) {
                let name = &webhook.name;
                if !self.outbox.has_room(name) {
                    self.webhooks.entry(name.clone()).or_default().dropped += 1;
                    tracing::warn!(
                        webhook = name,
                        "too many messages wait, and one was dropped"
                    );
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
        }
        made
    }

    /// Begins to send one message to each webhook that is not busy.
    fn send_due(&mut self, rules: &Rules) {
        let now = unix_millis();
        for webhook in &rules.webhooks {
            if self.busy.contains(&webhook.name) {
                continue;
            }
            if let Some(waiting) = self.outbox.due(&webhook.name, now) {
                let sent = send(&self.client, rules, webhook, &waiting.message);
                self.sends.push(sent);
                self.busy.insert(webhook.name.clone());
            }
        }
    }

    /// Keeps what became of a try, and begins the next one.
    pub(super) async fn settle(
        &mut self,
        services: &Services,
        tried: Tried,
    ) -> Result<(), StoreError> {
        let Tried {
            id,
            webhook,
            result,
        } = tried;
        self.busy.remove(&webhook);
        let Some(waiting) = self.outbox.take(&id) else {
            return Ok(());
        };
        let now = unix_millis();
        let status = self.webhooks.entry(webhook.clone()).or_default();
        status.at = now;
        status.is_good = result.is_ok();
        let mut again = None;
        match result {
            Ok(code) => {
                status.answer = format!("took a message with status {code}");
                (status.given_up, status.dropped) = (0, 0);
            }
            Err(error) => {
                status.answer = error.to_string();
                again = waiting.tried(now);
                let is_last = again.is_none();
                status.given_up += u64::from(is_last);
                tracing::warn!(%webhook, %id, %error, is_last, "a message was not taken");
            }
        }
        if let Some(again) = &again {
            self.outbox.put(again.clone());
        }
        let names: Vec<&str> = services
            .rules
            .webhooks
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        let change = AlertChange {
            deleted: if again.is_none() {
                vec![&id]
            } else {
                Vec::new()
            },
            kept: again.iter().collect(),
            book: None,
            webhooks: counted(&mut self.webhooks, &self.outbox, &names),
        };
        self.number = kept(services, &self.token, &change).await?;
        self.send_due(&services.rules);
        Ok(())
    }
}

/// How the webhooks of these names do, with how many messages wait for each.
fn counted<'a>(
    webhooks: &'a mut WebhookStatuses,
    outbox: &Outbox,
    names: &[&str],
) -> &'a WebhookStatuses {
    webhooks.retain(|name, _| names.contains(&name.as_str()));
    let counts = outbox.counts();
    for name in names {
        let waiting = counts.get(*name).copied().unwrap_or(0);
        webhooks.entry((*name).to_owned()).or_default().waiting = waiting;
    }
    webhooks
}

async fn kept(
    services: &Services,
    token: &LeaderToken,
    change: &AlertChange<'_>,
) -> Result<u64, StoreError> {
    let number = services.store.keep_alerts(token.as_str(), change).await?;
    number.ok_or_else(|| StoreError::Away("another process leads now".to_owned()))
}
