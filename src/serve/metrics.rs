//! Serves the metrics on an address of their own.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::limits::ConnectionLimits;
use super::listen::Listener;
use crate::web::app::App;
use crate::web::metrics_router;

/// How many connections are served at once.
const SCRAPERS: usize = 32;

/// Serves until `stop`; returns the address, with the port that the system chose if it was 0. Fails where the address can't be
/// listened on.
pub(super) async fn serve(
    bind: SocketAddr,
    app: &App,
    tune: fn(&TcpStream),
    stop: CancellationToken,
) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(bind).await?;
    let address = listener.local_addr()?;
    let listen = Listener {
        router: metrics_router(app.clone()),
        limits: ConnectionLimits::of(SCRAPERS),
        trusted_proxies: Vec::new(),
        tune,
    };
    tokio::spawn(listen.run(listener, stop));
    Ok(address)
}
