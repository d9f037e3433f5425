//! A webhook of the settings: `NAME = FORM URL`. Its address is a secret: only the name and the host are ever shown.

use std::fmt;
use std::str::FromStr;

use strum::{EnumString, IntoStaticStr};
use url::Url;

/// How many webhooks there may be.
pub(crate) const MOST_WEBHOOKS: usize = 10;

/// The longest name of a webhook, in bytes.
const LONGEST_NAME: usize = 32;

/// The form of the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum WebhookForm {
    /// Bullkeeper's own JSON.
    Json,
    /// What Slack's incoming webhooks take.
    Slack,
    /// PagerDuty's Events API v2.
    Pagerduty,
}

impl WebhookForm {
    /// Its name in the settings.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A webhook.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its name, by which rules and pages call it.
    pub name: String,
    /// The form of its messages.
    pub form: WebhookForm,
    /// Where they are sent, without a user part.
    url: Url,
    /// PagerDuty's routing key; empty for other forms.
    routing_key: String,
}

impl Webhook {
    /// The host that messages go to, for pages and logs.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Where messages are sent. A secret.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// PagerDuty's routing key. A secret.
    pub(crate) fn routing_key(&self) -> &str {
        &self.routing_key
    }

    /// Whether messages go over TLS.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }
}

/// Shows the name and the host alone.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {} {}", self.name, self.form.name(), self.host())
    }
}

/// What a webhook may be, in words.
pub(crate) const ALLOWED: &str = "a name of a-z, 0-9 and -, =, one of json, slack and pagerduty, and an http or https URL without blanks; for pagerduty with \
     the routing key before its host, such as pager = pagerduty https://KEY@events.pagerduty.com/v2/enqueue";

/// Whether a text can be a webhook's name.
pub(crate) fn is_webhook_name(name: &str) -> bool {
    let is_allowed = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-';
    (1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(is_allowed)
}

/// A webhook's text without its secrets.
pub(crate) fn masked(text: &str) -> String {
    match text.parse::<Webhook>() {
        Ok(webhook) => format!("{webhook:?}"),
        Err(_) => "***".to_owned(),
    }
}

impl FromStr for Webhook {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) = text.split_once('=').ok_or("holds no =")?;
        let (name, rest) = (name.trim(), rest.trim());
        if !is_webhook_name(name) {
            return Err("begins with no possible name".to_owned());
        }
        let (form, url) = rest
            .split_once(char::is_whitespace)
            .ok_or("lacks a form or a URL")?;
        let form: WebhookForm = form.parse().map_err(|_| "names no known form")?;
        let url = url.trim();
        // Parsing would leave some of them out and encode the others.
        if url.contains(|one: char| one.is_whitespace() || one.is_control()) {
            return Err("holds a blank or a control character in its URL".to_owned());
        }
        let mut url: Url = url.parse().map_err(|_| "holds no URL")?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err("holds a URL that is neither http nor https".to_owned());
        }
        let routing_key = url.username().to_owned();
        match (form, routing_key.is_empty(), url.password()) {
            (WebhookForm::Pagerduty, false, None) | (_, true, None) => {}
            _ => return Err("holds a user or a password in its URL".to_owned()),
        }
        if form == WebhookForm::Pagerduty && routing_key.is_empty() {
            return Err("lacks the routing key before the host".to_owned());
        }
        let _ = url.set_username("");
        url.set_fragment(None);
        Ok(Self {
            name: name.to_owned(),
            form,
            url,
            routing_key,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_webhook_is_a_name_a_form_and_an_address_of_which_only_the_host_is_shown() {
        let hook: Webhook = "pager = pagerduty https://R0UTE@events.pagerduty.com/v2/enqueue"
            .parse()
            .unwrap();
        assert_eq!(hook.routing_key(), "R0UTE");
        assert_eq!(
            hook.url().as_str(),
            "https://events.pagerduty.com/v2/enqueue"
        );
        assert_eq!(
            format!("{hook:?}"),
            "pager = pagerduty events.pagerduty.com"
        );
        assert_eq!(
            masked("chat=slack https://hooks.slack.com/services/T/B/SECRET"),
            "chat = slack hooks.slack.com"
        );
        assert_eq!(masked("chat slack SECRET"), "***");
    }

    #[test]
    fn a_wrong_webhook_says_what_is_wrong() {
        for (text, says) in [
            ("chat", "="),
            ("Chat! = json https://a.b/", "name"),
            ("chat = json", "lacks"),
            ("chat = teams https://a.b/", "form"),
            ("chat = json a.b", "no URL"),
            ("chat = json https://a.b/x y", "a blank"),
            ("chat = json https://a.b/x\ty", "a blank"),
            ("chat = json https://a.b/x\0y", "a blank"),
            ("chat = json https://a.b/ https://a.b/", "a blank"),
            ("chat = json ftp://a.b/", "neither http nor https"),
            ("chat = json https://u:p@a.b/", "user"),
            ("chat = slack https://u@a.b/", "user"),
            (
                "pager = pagerduty https://events.pagerduty.com/",
                "routing key",
            ),
        ] {
            let fault = text.parse::<Webhook>().unwrap_err();
            assert!(fault.contains(says), "{text}: {fault}");
            assert!(!fault.contains("a.b"), "{fault}");
        }
    }
}
