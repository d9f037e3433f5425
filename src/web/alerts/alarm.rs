//! What the frame of every page says of alerts.

use askama::Template;

use crate::domain::access::Operator;
use crate::domain::alerts::book::Alert;
use crate::service::Services;
use crate::web::html::format::When;

/// What the frame of every page says of alerts.
#[derive(Debug, Clone, Default)]
pub(crate) struct AlertsView {
    /// How many fire that are not silenced.
    pub(crate) firing: usize,
    /// The alarm, while a critical one fires.
    pub(crate) alarm: Option<AlarmView>,
    /// What is wrong with the webhooks, for admins; empty for nothing.
    pub(crate) dead: String,
}

/// The alarm: the newest critical alert.
#[derive(Debug, Clone)]
pub(crate) struct AlarmView {
    /// The queue; empty for an alert of the server.
    pub(crate) queue: String,
    /// What holds.
    pub(crate) words: String,
    /// Since when it fires.
    pub(crate) since: When,
    /// How many other critical ones fire.
    pub(crate) more: usize,
}

impl AlertsView {
    pub(crate) fn new(services: &Services, operator: &Operator) -> Self {
        let short = services.alerts_in_short(operator);
        let alarm = |newest: Alert| AlarmView {
            queue: newest.facts.queue.map_or(String::new(), |queue| queue.name),
            words: newest.facts.words,
            since: When::of(newest.fired.unwrap_or(newest.facts.since)),
            more: short.critical.saturating_sub(1),
        };
        Self {
            firing: short.firing,
            alarm: short.newest.map(alarm),
            dead: short.dead.join(", "),
        }
    }
}

/// The alarms above the page of alerts.
#[derive(Template)]
#[template(
    source = r#"{%- import "alerts/_frame.html" as frame -%}{{ frame::alarms(base, alerts, true) }}"#,
    ext = "html"
)]
pub(crate) struct AlarmsPart {
    pub(crate) base: String,
    pub(crate) alerts: AlertsView,
}

/// The way to the page of alerts, on that page.
#[derive(Template)]
#[template(
    source = r#"{%- import "alerts/_frame.html" as frame -%}{{ frame::link(base, alerts, true) }}"#,
    ext = "html"
)]
pub(crate) struct AlertsLink {
    pub(crate) base: String,
    pub(crate) alerts: AlertsView,
}
