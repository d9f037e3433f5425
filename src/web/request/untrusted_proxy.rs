//! Warns about a proxy that is not trusted.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::HeaderMap;

use ipnet::IpNet;

/// Whether the log has warned about an untrusted proxy.
#[derive(Debug, Default)]
pub(crate) struct UntrustedProxy(AtomicBool);

impl UntrustedProxy {
    /// Warns once if requests have a proxy's headers and no proxy is trusted: then everyone has the proxy's address, in the
    /// audit log and in the limits on guessing.
    pub(crate) fn warn(&self, trusted_proxies: &[IpNet], headers: &HeaderMap) {
        const HEADERS: [&str; 3] = ["x-forwarded-for", "forwarded", "x-forwarded-proto"];
        if !trusted_proxies.is_empty() || self.0.load(Ordering::Relaxed) {
            return;
        }
        let Some(header) = HEADERS.iter().find(|name| headers.contains_key(**name)) else {
            return;
        };
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                header,
                "A request came with a proxy's header, but trusted_proxies is empty, so the header is ignored. If a proxy \
                 is in front of Bullkeeper, name it in trusted_proxies: until then the audit log has the proxy's address for \
                 everyone, and everyone's failed sign-ins count as one address's."
            );
        }
    }
}
