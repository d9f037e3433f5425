//! What was read last of the alerts. Every page takes it from memory.

use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::domain::alerts::book::{Alert, AlertBook};
use crate::domain::alerts::silence::Silence;
use crate::store::records::alerts::WebhookStatuses;

/// What is known of alerts at one moment.
#[derive(Debug, Default)]
pub(crate) struct AlertsKnown {
    /// The number of the change that it is from.
    pub(crate) number: u64,
    /// How many times in this process what pages show of it has changed.
    pub(crate) version: u64,
    /// The alerts.
    pub(crate) book: Arc<AlertBook>,
    /// How the webhooks do.
    pub(crate) webhooks: Arc<WebhookStatuses>,
    /// The silences in force, the oldest first.
    pub(crate) silences: Arc<[Silence]>,
    /// Those that fire, each with the id of a silence that covers it.
    pub(crate) firing: Vec<(Alert, Option<String>)>,
}

impl AlertsKnown {
    /// What is known at `now`, in Unix milliseconds.
    pub(crate) fn new(
        number: u64,
        book: Arc<AlertBook>,
        webhooks: Arc<WebhookStatuses>,
        mut silences: Vec<Silence>,
        now: u64,
    ) -> Self {
        silences.retain(|silence| silence.holds_at(now));
        let covering = |alert: &Alert| {
            let found = silences.iter().find(|silence| silence.covers(alert, now));
            found.map(|silence| silence.id.clone())
        };
        let firing = book.alerts().filter(|alert| alert.is_firing());
        let firing = firing
            .map(|alert| (alert.clone(), covering(alert)))
            .collect();
        Self {
            number,
            version: 0,
            book,
            webhooks,
            silences: silences.into(),
            firing,
        }
    }

    /// Whether pages show the same of both.
    fn looks_like(&self, other: &Self) -> bool {
        let covered = |known: &Self| -> Vec<Option<String>> {
            let silences = known.firing.iter().map(|(_, silence)| silence.clone());
            silences.collect()
        };
        self.book.looks_like(&other.book)
            && covered(self) == covered(other)
            && self.silences == other.silences
            && self.webhooks == other.webhooks
    }
}

/// What was read last.
#[derive(Debug, Default)]
pub(crate) struct AlertReadings {
    known: watch::Sender<Arc<AlertsKnown>>,
    /// Told when this process made or ended a silence.
    pub(crate) changed: Notify,
}

impl AlertReadings {
    /// What is known.
    pub(crate) fn known(&self) -> Arc<AlertsKnown> {
        Arc::clone(&self.known.borrow())
    }

    /// What is known, each time that pages show something else of it.
    pub(crate) fn changes(&self) -> watch::Receiver<Arc<AlertsKnown>> {
        self.known.subscribe()
    }

    /// Keeps what is known now.
    pub(crate) fn keep(&self, mut known: AlertsKnown) {
        self.known.send_if_modified(|kept| {
            let has_changed = !known.looks_like(kept);
            known.version = kept.version + u64::from(has_changed);
            *kept = Arc::new(known);
            has_changed
        });
    }
}
