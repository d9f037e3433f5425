//! What was read last of the alerts. Every page takes it from memory.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::domain::alerts::book::{Alert, AlertBook};
use crate::domain::alerts::silence::Silence;
use crate::store::records::alerts::WebhookStatuses;

/// What is known of alerts at one moment.
#[derive(Debug, Default)]
pub(crate) struct AlertsKnown {
    /// The number of the change that it is from.
    pub(crate) number: u64,
    /// The alerts.
    pub(crate) book: Arc<AlertBook>,
    /// How the webhooks do.
    pub(crate) webhooks: Arc<WebhookStatuses>,
    /// The silences, the oldest first; some may be over.
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
        silences: Vec<Silence>,
        now: u64,
    ) -> Self {
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
            book,
            webhooks,
            silences: silences.into(),
            firing,
        }
    }
}

/// What was read last.
#[derive(Debug, Default)]
pub(crate) struct AlertReadings {
    known: Mutex<Arc<AlertsKnown>>,
    /// Told when this process made or ended a silence.
    pub(crate) changed: Notify,
}

impl AlertReadings {
    /// What is known.
    pub(crate) fn known(&self) -> Arc<AlertsKnown> {
        Arc::clone(&self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps what is known now.
    pub(crate) fn keep(&self, known: AlertsKnown) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
    }
}
