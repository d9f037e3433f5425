//! Who may scrape.

use axum::http::{HeaderMap, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::drawn::DrawnMetrics;

/// What the handlers of `/metrics` need.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(super) token: ScrapeToken,
    pub(super) drawn: DrawnMetrics,
}

impl Metrics {
    /// With the bearer token of the settings, if there is one.
    pub(crate) fn new(token: Option<&SecretString>) -> Self {
        Self {
            token: ScrapeToken(token.map(|token| digest(token.expose_secret().as_bytes()))),
            drawn: DrawnMetrics::default(),
        }
    }
}

/// The digest of the token that a scrape must send.
#[derive(Debug)]
pub(super) struct ScrapeToken(Option<[u8; 32]>);

/// Whether a request may scrape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MayScrape {
    /// It sent the token.
    Yes,
    /// It did not.
    No,
    /// No token is set.
    NoToken,
}

impl ScrapeToken {
    /// Compares digests in constant time, which tells neither the token nor its length.
    pub(super) fn check(&self, headers: &HeaderMap) -> MayScrape {
        let Some(token) = &self.0 else {
            return MayScrape::NoToken;
        };
        let sent = headers.get(header::AUTHORIZATION);
        let sent = sent.and_then(|sent| bearer(sent.as_bytes()));
        match sent.is_some_and(|sent| digest(sent).ct_eq(token).into()) {
            true => MayScrape::Yes,
            false => MayScrape::No,
        }
    }
}

/// The token of `Bearer TOKEN`; the scheme's case does not matter (RFC 9110, section 11.1).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme
        .eq_ignore_ascii_case(b"bearer ")
        .then(|| token.trim_ascii())
}

fn digest(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}
