//! The kinds of alert rules and of the webhooks that are told of alerts.

use super::SettingKind;
use crate::domain::alerts::rule::{AlertRule, allowed};
use crate::domain::alerts::webhook::{ALLOWED, Webhook, masked};

/// What is watched, as `stranded on email/* for 5m critical to pager`.
pub(in crate::config) fn alert_rule() -> SettingKind<AlertRule> {
    SettingKind::new("RULE", allowed(), str::parse)
}

/// Where messages are sent, as `chat = slack https://…`. All but the name, the form and the host is a secret.
pub(in crate::config) fn webhook() -> SettingKind<Webhook> {
    SettingKind::new("NAME=FORM URL", ALLOWED, str::parse).masked_by(masked)
}
