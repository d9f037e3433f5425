//! Tries a webhook with a test message, without the outbox: whoever asks waits for the answer.

use super::send::send;
use crate::clock::unix_millis;
use crate::domain::alerts::message::AlertMessage;
use crate::service::Services;
use crate::store::webhooks::WebhookClient;

impl Services {
    /// Sends a test message to the webhook of this name, and says what it answered. The words hold no secret.
    ///
    /// # Errors
    /// Why it was not taken, or which webhooks there are.
    pub async fn try_webhook(&self, name: &str) -> Result<String, String> {
        let rules = &self.rules;
        let found = rules.webhooks.iter().find(|webhook| webhook.name == name);
        let Some(webhook) = found else {
            let names: Vec<&str> = rules.webhooks.iter().map(|one| one.name.as_str()).collect();
            return Err(match names.is_empty() {
                true => "the setting webhooks is empty".to_owned(),
                false => format!(
                    "there is no webhook {name:?}; the webhooks are {}",
                    names.join(", ")
                ),
            });
        };
        let client = WebhookClient::new(rules.webhooks_private);
        let message = AlertMessage::test(name, unix_millis());
        let place = format!("{name} ({})", webhook.host());
        match send(&client, rules, webhook, &message).await.result {
            Ok(status) => Ok(format!(
                "{place} took the message {} with status {status}",
                message.id
            )),
            Err(error) => Err(format!("{place} {error}")),
        }
    }
}
