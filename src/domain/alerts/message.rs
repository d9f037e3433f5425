//! A message to a webhook, its forms, and its signature.

use base16ct::lower::encode_string;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use strum::IntoStaticStr;

use super::book::Alert;
use super::facts::AlertFacts;
use super::rule::Severity;
use super::webhook::{Webhook, WebhookForm};

/// The longest summary that PagerDuty takes, in characters; longer texts are cut everywhere.
const LONGEST_SUMMARY: usize = 1_000;

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum MessageKind {
    /// An alert fires.
    Firing,
    /// It is resolved.
    Resolved,
    /// Somebody tries the webhook.
    Test,
}

/// A message to one webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertMessage {
    /// Its id, a ULID, which stays the same however often it is sent.
    pub id: String,
    /// The webhook's name.
    pub webhook: String,
    /// What it says.
    pub kind: MessageKind,
    /// What it is about, as it was when the message was made.
    #[serde(flatten)]
    pub facts: AlertFacts,
    /// When the message was made, in Unix milliseconds.
    pub at: u64,
}

impl AlertMessage {
    /// A message about an alert, with a new id.
    pub fn about(alert: &Alert, kind: MessageKind, webhook: &str, now: u64) -> Self {
        Self {
            id: ulid::Ulid::new().to_string(),
            webhook: webhook.to_owned(),
            kind,
            facts: alert.facts.clone(),
            at: now,
        }
    }

    /// A message that tries a webhook.
    pub fn test(webhook: &str, now: u64) -> Self {
        Self {
            id: ulid::Ulid::new().to_string(),
            webhook: webhook.to_owned(),
            kind: MessageKind::Test,
            facts: AlertFacts {
                rule: "test".to_owned(),
                queue: None,
                severity: Severity::Warning,
                words: "this is a test message of Bullkeeper".to_owned(),
                value: 0,
                threshold: 0,
                since: now,
            },
            at: now,
        }
    }

    /// Whether another message is about the same alert.
    pub(crate) fn is_about_the_same_as(&self, other: &Self) -> bool {
        self.facts.rule == other.facts.rule && self.facts.queue == other.facts.queue
    }

    /// The body in the webhook's form, for an installation of this name.
    pub fn body(&self, webhook: &Webhook, environment: &str) -> Vec<u8> {
        let body = match webhook.form {
            WebhookForm::Json => self.plain(environment),
            WebhookForm::Slack => self.slack(environment),
            WebhookForm::Pagerduty => self.pagerduty(environment, webhook.routing_key()),
        };
        body.to_string().into_bytes()
    }

    /// What stays the same for one rule and queue, so that a receiver knows what is resolved.
    pub fn key(&self, environment: &str) -> String {
        let mut digest = Sha256::new();
        let (prefix, name) = match &self.facts.queue {
            Some(queue) => (queue.prefix.as_str(), queue.name.as_str()),
            None => Default::default(),
        };
        for part in [environment, &self.facts.rule, prefix, name] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        format!("bullkeeper-{}", &encode_string(&digest.finalize())[..32])
    }

    fn plain(&self, environment: &str) -> Value {
        let kind: &str = self.kind.into();
        json!({
            "id": self.id,
            "event": kind,
            "key": self.key(environment),
            "environment": environment,
            "rule": self.facts.rule,
            "severity": self.facts.severity.name(),
            "prefix": self.facts.queue.as_ref().map(|queue| &queue.prefix),
            "queue": self.facts.queue.as_ref().map(|queue| &queue.name),
            "summary": self.summary(),
            "value": self.facts.value,
            "threshold": self.facts.threshold,
            "since": rfc3339(self.facts.since),
            "at": rfc3339(self.at),
        })
    }

    fn slack(&self, environment: &str) -> Value {
        let sign = match (self.kind, self.facts.severity) {
            (MessageKind::Firing, Severity::Critical) => ":red_circle:",
            (MessageKind::Firing, Severity::Warning) => ":large_orange_circle:",
            (MessageKind::Resolved, _) => ":white_check_mark:",
            (MessageKind::Test, _) => ":information_source:",
        };
        let summary = escaped(&self.summary());
        let place = match environment.is_empty() {
            true => String::new(),
            false => format!(" · {}", escaped(environment)),
        };
        let small = format!("{}{place}", escaped(&cut(&self.facts.rule)));
        json!({
            "text": format!("{sign} {summary}"),
            "blocks": [
                {"type": "section", "text": {"type": "mrkdwn", "text": format!("{sign} *{summary}*")}},
                {"type": "context", "elements": [{"type": "mrkdwn", "text": small}]},
            ],
        })
    }

    fn pagerduty(&self, environment: &str, routing_key: &str) -> Value {
        let (action, key) = match self.kind {
            MessageKind::Firing => ("trigger", self.key(environment)),
            MessageKind::Resolved => ("resolve", self.key(environment)),
            // An incident of its own, so that a test resolves nothing.
            MessageKind::Test => ("trigger", format!("bullkeeper-test-{}", self.id)),
        };
        let source = match (&self.facts.queue, environment) {
            (Some(queue), _) => cut(&format!("{}:{}", queue.prefix, queue.name)),
            (None, "") => "bullkeeper".to_owned(),
            (None, environment) => environment.to_owned(),
        };
        json!({
            "routing_key": routing_key,
            "event_action": action,
            "dedup_key": key,
            "client": "Bullkeeper",
            "payload": {
                "summary": self.summary(),
                "source": source,
                "severity": self.facts.severity.name(),
                "timestamp": rfc3339(self.at),
                "component": "bullmq",
                "class": cut(&self.facts.rule),
                "custom_details": self.plain(environment),
            },
        })
    }

    /// One line for people: `Firing: email/v1: 12 jobs are outstanding, and no worker is connected`.
    pub fn summary(&self) -> String {
        let kind = match self.kind {
            MessageKind::Firing => "Firing",
            MessageKind::Resolved => "Resolved",
            MessageKind::Test => "Test",
        };
        let queue = self.facts.queue.as_ref();
        let queue = queue.map_or(String::new(), |queue| format!("{}: ", cut(&queue.name)));
        match self.kind {
            // What held before would read as if it held now.
            MessageKind::Resolved => cut(&format!("{kind}: {queue}{}", self.facts.rule)),
            _ => cut(&format!("{kind}: {queue}{}", self.facts.words)),
        }
    }
}

/// The header that signs a body sent at `seconds` (Unix): `t=…,v1=…`, where v1 is the HMAC-SHA256 of the time, a dot and the body.
pub fn signature(secret: &str, seconds: u64, body: &[u8]) -> String {
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    format!(
        "t={seconds},v1={}",
        encode_string(&mac.finalize().into_bytes())
    )
}

/// A text as Slack's markup shows it: the three characters that it asks to escape, and no marks of its own.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        // Slack has no way to escape these; a look-alike keeps a queue's name from becoming bold or code.
        .replace('*', "\u{2217}")
        .replace('_', "\u{ff3f}")
        .replace('~', "\u{223c}")
        .replace('`', "\u{2035}")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_SUMMARY) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn rfc3339(millis: u64) -> String {
    let at = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000);
    let at = at.unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    at.format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_signature_is_the_hmac_of_the_time_a_dot_and_the_body() {
        // openssl: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret
        let signed = signature("secret", 1_700_000_000, br#"{"a":1}"#);
        assert!(signed.starts_with("t=1700000000,v1="), "{signed}");
        assert_eq!(signed.len(), "t=1700000000,v1=".len() + 64);
    }

    #[test]
    fn slack_gets_names_that_mean_nothing_in_its_markup() {
        assert_eq!(
            escaped("<!channel> & *b*"),
            "&lt;!channel&gt; &amp; \u{2217}b\u{2217}"
        );
    }

    #[test]
    fn texts_are_cut_to_what_receivers_take() {
        let mut message = AlertMessage::test("a", 0);
        message.facts.words = "x".repeat(5_000);
        assert!(message.summary().chars().count() <= LONGEST_SUMMARY + 1);
    }
}
