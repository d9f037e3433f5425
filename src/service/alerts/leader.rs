//! What the leading process holds of alerts: all of them, the messages that wait, and the tries that are under way.
//!
//! Redis has the same. Whatever goes wrong there, the leader drops what it holds and reads it again, so a message may be sent twice,
//! with the same id.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::delivery::{Delivery, OutboxChange};
use super::measure::{OtherFacts, measure};
use super::readings::AlertsKnown;
use super::send::Tried;
use crate::clock::{instant, unix_millis};
use crate::domain::alerts::book::AlertBook;
use crate::domain::alerts::condition::Condition;
use crate::domain::alerts::rule::AlertRule;
use crate::domain::alerts::silence::Silence;
use crate::service::Services;
use crate::service::leader::leadership::LeaderToken;
use crate::store::error::StoreError;
use crate::store::records::alerts::AlertChange;

/// How often what is held is kept, where only times and values changed.
const KEEP_EVERY: Duration = Duration::from_secs(10);

/// How often the server and the schedulers are asked.
const ASK_EVERY: Duration = Duration::from_secs(10);

/// How long after it began to lead a process takes a queue for gone that it does not find.
const FINDS_ALL_WITHIN: Duration = Duration::from_secs(60);

/// What the leading process holds.
pub(super) struct AlertLeader {
    token: LeaderToken,
    began: Instant,
    number: u64,
    book: AlertBook,
    delivery: Delivery,
    other: OtherFacts,
    asked: Option<Instant>,
    kept: Instant,
}

impl AlertLeader {
    /// Takes over what the leader before left.
    pub(super) async fn begin(
        services: &Services,
        token: LeaderToken,
        number: u64,
    ) -> Result<Self, StoreError> {
        let taken = services.store.take_over_alerts(token.as_str());
        let (book, webhooks, waiting) = taken.await?;
        let allows_private = services.rules.webhooks_private;
        let now = instant();
        Ok(Self {
            token,
            began: now,
            number,
            book,
            delivery: Delivery::new(allows_private, webhooks, waiting),
            other: OtherFacts::default(),
            asked: None,
            kept: now,
        })
    }

    /// Whether this is the token by which the process leads.
    pub(super) fn leads_by(&self, token: Option<&LeaderToken>) -> bool {
        token == Some(&self.token)
    }

    /// The number of the last change that it kept.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Whether there is nothing to watch, to resolve or to send.
    pub(super) fn is_idle(&self, rules: &[AlertRule]) -> bool {
        rules.is_empty() && self.book.alerts().next().is_none() && self.delivery.is_empty()
    }

    /// The next try that ends; pending where none is under way.
    pub(super) async fn next_tried(&mut self) -> Tried {
        self.delivery.next_tried().await
    }

    /// What every page may know.
    pub(super) fn known(&self, silences: Vec<Silence>) -> AlertsKnown {
        AlertsKnown::new(
            self.number,
            Arc::new(self.book.clone()),
            Arc::new(self.delivery.webhooks.clone()),
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
            let (other, book) = (&self.other, &self.book);
            let measured = measure(rules, &snapshot, other, book, all_found, now);
            (told, has_changed) = self.book.step(&measured, silences, now);
        }
        let change = self.delivery.put(&services.rules, &told);
        let is_old = self.kept.elapsed() > KEEP_EVERY && self.book.alerts().next().is_some();
        if has_changed || is_old || !change.deleted.is_empty() {
            self.keep(services, &change, true).await?;
            self.kept = instant();
        }
        self.delivery.send_due(&services.rules);
        Ok(())
    }

    /// Keeps what became of a try, and begins the next one.
    pub(super) async fn settle(
        &mut self,
        services: &Services,
        tried: Tried,
    ) -> Result<(), StoreError> {
        let change = self.delivery.settle(tried);
        self.keep(services, &change, false).await?;
        self.delivery.send_due(&services.rules);
        Ok(())
    }

    /// Keeps a change of the outbox and how the webhooks do, and all alerts too where they changed.
    async fn keep(
        &mut self,
        services: &Services,
        change: &OutboxChange,
        with_book: bool,
    ) -> Result<(), StoreError> {
        let change = AlertChange {
            book: with_book.then_some(&self.book),
            webhooks: self.delivery.counted(&services.rules),
            kept: change.kept.iter().collect(),
            deleted: change.deleted.iter().map(String::as_str).collect(),
        };
        let kept = services.store.keep_alerts(self.token.as_str(), &change);
        let number = kept.await?;
        self.number =
            number.ok_or_else(|| StoreError::Away("another process leads now".to_owned()))?;
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
            let mut rules = services.rules.alerts.iter();
            rules.any(|rule| which(&rule.condition))
        };
        if needs(|one| matches!(one, Condition::RedisMemory(_) | Condition::EvictionPolicy)) {
            let seen = services.server_seen().await.ok();
            self.other.server = seen.and_then(|seen| seen.state.clone());
        }
        if needs(|one| *one == Condition::LateSchedulers) {
            self.other.late = services.late_schedulers(unix_millis()).await.ok();
        }
    }
}
