//! Finds alert rules and webhooks that are right on their own and wrong together.

use crate::domain::alerts::rule::AlertRule;
use crate::domain::alerts::webhook::{MOST_WEBHOOKS, Webhook};

/// How many rules there may be.
const MOST_RULES: usize = 100;

/// What is wrong with the rules among these webhooks.
pub(super) fn rule_problem(rules: &[AlertRule], webhooks: &[Webhook]) -> Option<String> {
    if rules.len() > MOST_RULES {
        return Some(format!(
            "there are {} rules; allowed: {MOST_RULES}",
            rules.len()
        ));
    }
    let names: Vec<&str> = webhooks.iter().map(|hook| hook.name.as_str()).collect();
    for (at, rule) in rules.iter().enumerate() {
        let twin = rules[..at].iter().find(|other| other.name() == rule.name());
        if let Some(twin) = twin {
            return Some(format!(
                "{:?} and {:?} watch the same with the same severity; allowed: one rule for each",
                twin.to_string(),
                rule.to_string()
            ));
        }
        let unknown = |name: &&String| !names.contains(&name.as_str());
        if let Some(name) = rule.to.iter().find(unknown) {
            let rule = rule.to_string();
            return Some(match names.is_empty() {
                true => format!("{rule:?} tells {name:?}, and the setting webhooks is empty"),
                false => format!(
                    "{rule:?} tells {name:?}, which is no webhook; allowed: {}",
                    names.join(", ")
                ),
            });
        }
    }
    None
}

/// What is wrong with the webhooks.
pub(super) fn webhook_problem(webhooks: &[Webhook], allows_private: bool) -> Option<String> {
    if webhooks.len() > MOST_WEBHOOKS {
        return Some(format!(
            "there are {} webhooks; allowed: {MOST_WEBHOOKS}",
            webhooks.len()
        ));
    }
    for (at, hook) in webhooks.iter().enumerate() {
        if webhooks[..at].iter().any(|other| other.name == hook.name) {
            return Some(format!(
                "two webhooks have the name {:?}; allowed: one",
                hook.name
            ));
        }
        if !hook.is_encrypted() && !allows_private {
            return Some(format!(
                "the webhook {:?} has an http address; allowed: https, or webhooks_private switched on",
                hook.name
            ));
        }
    }
    None
}
