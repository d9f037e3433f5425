//! Connects to webhooks, and to public addresses alone unless the settings allow others.
//!
//! The address is checked after the name was looked up, and the connection is made to that very address: a name whose answer changes
//! in between leads nowhere else.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tower::Service;

use crate::domain::alerts::address::is_public;

/// Why a connection was not tried.
#[derive(Debug, thiserror::Error)]
#[error("the address is private")]
pub(crate) struct PrivateAddress;

/// Makes the connections.
#[derive(Debug, Clone, Copy)]
pub(super) struct PublicConnector {
    /// Whether other addresses are allowed too.
    pub(super) allows_private: bool,
}

impl PublicConnector {
    async fn connect(self, uri: Uri) -> io::Result<TokioIo<TcpStream>> {
        let host = uri.host().unwrap_or_default();
        let is_encrypted = uri.scheme_str() == Some("https");
        let port = uri
            .port_u16()
            .unwrap_or(if is_encrypted { 443 } else { 80 });
        // An IPv6 address stands in brackets in a URL.
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let found: Vec<SocketAddr> = match bare.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => lookup_host((bare, port)).await?.collect(),
        };
        let is_allowed =
            |address: &&SocketAddr| self.allows_private || is_public(address.ip().to_canonical());
        let allowed: Vec<SocketAddr> = found.iter().filter(is_allowed).copied().collect();
        if allowed.is_empty() && !found.is_empty() {
            return Err(io::Error::other(PrivateAddress));
        }
        Ok(TokioIo::new(TcpStream::connect(&allowed[..]).await?))
    }
}

impl Service<Uri> for PublicConnector {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.connect(uri))
    }
}
