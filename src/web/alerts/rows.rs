//! The rows of the page of alerts.

use crate::domain::access::Operator;
use crate::domain::alerts::book::{Alert, PastAlert};
use crate::domain::alerts::rule::Severity;
use crate::domain::alerts::silence::Silence;
use crate::service::alerts::page::{FiringAlert, WebhookSeen};
use crate::web::app::App;
use crate::web::html::element_id::element_id;
use crate::web::html::format::When;

/// An alert.
pub(super) struct AlertRow {
    /// The row's element id.
    pub(super) id: String,
    /// The queue and its page; both empty for an alert of the server.
    pub(super) queue: String,
    pub(super) queue_href: String,
    /// `critical` or `warning`, and its colour.
    pub(super) severity: &'static str,
    pub(super) colour: &'static str,
    /// What is watched: `stranded`.
    pub(super) watch: String,
    /// What holds.
    pub(super) words: String,
    /// Since when the condition holds, and when it fired.
    pub(super) since: When,
    pub(super) fired: Option<When>,
    pub(super) is_silent: bool,
    /// When it was resolved and why, if it was.
    pub(super) resolved: Option<(When, String)>,
}

impl AlertRow {
    pub(super) fn new(app: &App, alert: &Alert) -> Self {
        let facts = &alert.facts;
        let queue = facts.queue.as_ref().and_then(|queue| queue.id());
        let severity = facts.severity;
        let watch = alert.watch.split_once(": ");
        Self {
            id: element_id('a', &names(alert)),
            queue: queue
                .as_ref()
                .map_or(String::new(), |queue| app.links().name(queue)),
            queue_href: queue.map_or(String::new(), |queue| app.links().queue(&queue, &[])),
            severity: severity.name(),
            colour: match severity {
                Severity::Critical => "bad",
                Severity::Warning => "warn",
            },
            watch: watch
                .map_or(alert.watch.as_str(), |(_, condition)| condition)
                .to_owned(),
            words: facts.words.clone(),
            since: When::of(facts.since),
            fired: alert.fired.map(When::of),
            is_silent: false,
            resolved: None,
        }
    }

    pub(super) fn firing(app: &App, firing: &FiringAlert) -> Self {
        Self {
            is_silent: firing.silence.is_some(),
            ..Self::new(app, &firing.alert)
        }
    }

    pub(super) fn past(app: &App, past: &PastAlert) -> Self {
        // One may have fired and been resolved many times.
        let resolved = past.resolved.to_string();
        let names = [&names(&past.alert)[..], &[&resolved]].concat();
        Self {
            id: element_id('p', &names),
            resolved: Some((When::of(past.resolved), past.why.clone())),
            ..Self::new(app, &past.alert)
        }
    }
}

/// What tells an alert from others.
fn names(alert: &Alert) -> [&str; 3] {
    let queue = alert.facts.queue.as_ref();
    let (prefix, name) = queue.map_or(("", ""), |queue| (&queue.prefix, &queue.name));
    [&alert.facts.rule, prefix, name]
}

/// A silence.
pub(super) struct SilenceRow {
    pub(super) id: String,
    pub(super) watch: String,
    pub(super) queues: String,
    pub(super) by: String,
    pub(super) why: String,
    pub(super) until: When,
    pub(super) may_end: bool,
}

impl SilenceRow {
    pub(super) fn new(silence: &Silence, operator: &Operator) -> Self {
        Self {
            may_end: silence.may_be_ended_by(operator.name(), operator.scope()),
            id: silence.id.clone(),
            watch: match silence.rule.as_str() {
                "" => "every rule".to_owned(),
                rule => rule.to_owned(),
            },
            queues: silence.queues.clone(),
            by: silence.by.clone(),
            why: silence.why.clone(),
            until: When::of(silence.until),
        }
    }
}

/// A webhook.
pub(super) struct WebhookRow {
    pub(super) name: String,
    pub(super) form: &'static str,
    pub(super) host: String,
    /// When it was last tried; `None` if it never was.
    pub(super) at: Option<When>,
    pub(super) answer: String,
    /// Its state in a word, with the colour and the picture.
    pub(super) state: (&'static str, &'static str, &'static str),
    pub(super) waiting: usize,
    pub(super) lost: u64,
}

impl WebhookRow {
    pub(super) fn new(seen: &WebhookSeen<'_>) -> Self {
        let status = &seen.status;
        Self {
            name: seen.webhook.name.clone(),
            form: seen.webhook.form.name(),
            host: seen.webhook.host().to_owned(),
            at: (status.at > 0).then(|| When::of(status.at)),
            answer: status.answer.clone(),
            state: match (status.is_dead(), status.at, status.is_good) {
                (true, ..) => ("dead", "bad", "failed"),
                (false, 0, _) => ("not used yet", "none", "clock"),
                (false, _, true) => ("works", "good", "check"),
                (false, _, false) => ("fails", "warn", "alert"),
            },
            waiting: status.waiting,
            lost: status.given_up + status.dropped,
        }
    }
}
