//! Sends one message to one webhook.

use futures::future::BoxFuture;
use secrecy::ExposeSecret;

use crate::clock::since_epoch;
use crate::domain::alerts::message::{AlertMessage, signature};
use crate::domain::alerts::webhook::Webhook;
use crate::service::rules::Rules;
use crate::store::webhooks::{NotSent, Post, WebhookClient};

/// What became of a try.
pub(super) struct Tried {
    /// The message's id.
    pub(super) id: String,
    /// The webhook's name.
    pub(super) webhook: String,
    /// The status of the answer, or why it was not taken.
    pub(super) result: Result<u16, NotSent>,
}

/// Tries to send a message once. The signature has the time of the try, and the id stays.
pub(super) fn send(
    client: &WebhookClient,
    rules: &Rules,
    webhook: &Webhook,
    message: &AlertMessage,
) -> BoxFuture<'static, Tried> {
    let body = message.body(webhook, &rules.environment);
    let secret = rules.webhook_secret.as_ref();
    let now = since_epoch().as_secs();
    let signature = secret.map(|secret| signature(secret.expose_secret(), now, &body));
    let (client, url) = (client.clone(), webhook.url().clone());
    let (id, name) = (message.id.clone(), webhook.name.clone());
    Box::pin(async move {
        let post = Post {
            id: id.clone(),
            signature: signature.unwrap_or_default(),
            body,
        };
        Tried {
            result: client.post(&url, post).await,
            id,
            webhook: name,
        }
    })
}
