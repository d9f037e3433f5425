//! Sends messages to webhooks over HTTP: without redirects, with a time-out, and with a bound on what is read of the answer.
//!
//! An error never repeats an address: that of a webhook is a secret.

mod connector;

use std::error::Error;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use hyper::{Method, Request};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use url::Url;

use connector::{PrivateAddress, PublicConnector};

/// How long a try may take, from the look-up to the end of the answer.
const WITHIN: Duration = Duration::from_secs(10);

/// How many bytes of an answer are read. None of them is kept.
const MOST_OF_ANSWER: usize = 16 * 1024;

/// A message as it is sent.
#[derive(Debug)]
pub(crate) struct Post {
    /// Its id.
    pub(crate) id: String,
    /// Its signature; empty for none.
    pub(crate) signature: String,
    /// The body, JSON.
    pub(crate) body: Vec<u8>,
}

/// Why a message was not taken. The words hold no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotSent {
    /// It answered with something else than success.
    #[error("answered with status {0}")]
    Refused(u16),
    /// Its address is not public.
    #[error("has a private address, and the setting webhooks_private is off")]
    Private,
    /// It did not answer in time.
    #[error("did not answer within {} s", WITHIN.as_secs())]
    TooSlow,
    /// It could not be connected to.
    #[error("can't be connected to")]
    NotConnected,
    /// The connection ended before the answer did.
    #[error("closed the connection")]
    Broken,
}

/// Sends messages; cheap to clone.
#[derive(Clone)]
pub(crate) struct WebhookClient(Client<HttpsConnector<PublicConnector>, Full<Bytes>>);

impl std::fmt::Debug for WebhookClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookClient")
    }
}

impl WebhookClient {
    /// A client that sends to private addresses too, or not.
    pub(crate) fn new(allows_private: bool) -> Self {
        let roots = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
            // ring knows the usual protocols, so there is no error.
            .unwrap_or_else(|_| HttpsConnectorBuilder::new().with_webpki_roots());
        let connector = roots
            .https_or_http()
            .enable_http1()
            .wrap_connector(PublicConnector { allows_private });
        // Every message has a connection of its own, so that its address is checked.
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(connector);
        Self(client)
    }

    /// Sends a message once. Returns the status of the answer, which says that it was taken.
    pub(crate) async fn post(&self, url: &Url, post: Post) -> Result<u16, NotSent> {
        let sent = tokio::time::timeout(WITHIN, self.send(url, post));
        sent.await.unwrap_or(Err(NotSent::TooSlow))
    }

    async fn send(&self, url: &Url, post: Post) -> Result<u16, NotSent> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(url.as_str())
            .header(CONTENT_TYPE, "application/json")
            .header(
                USER_AGENT,
                concat!("Bullkeeper/", env!("CARGO_PKG_VERSION")),
            )
            .header("bullkeeper-message", post.id);
        if !post.signature.is_empty() {
            request = request.header("bullkeeper-signature", post.signature);
        }
        let request = request
            .body(Full::new(Bytes::from(post.body)))
            .map_err(|_| NotSent::NotConnected)?;
        let answer = self.0.request(request).await.map_err(|error| {
            match (is_private(&error), error.is_connect()) {
                (true, _) => NotSent::Private,
                (false, true) => NotSent::NotConnected,
                (false, false) => NotSent::Broken,
            }
        })?;
        let status = answer.status();
        // Some receivers take a message only once their answer was read. More than the bound is left unread.
        let _ = Limited::new(answer.into_body(), MOST_OF_ANSWER)
            .collect()
            .await;
        match status.is_success() {
            true => Ok(status.as_u16()),
            false => Err(NotSent::Refused(status.as_u16())),
        }
    }
}

fn is_private(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let inner = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        if inner.is_some_and(|inner| inner.is::<PrivateAddress>()) {
            return true;
        }
        next = error.source();
    }
    false
}
