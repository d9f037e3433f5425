//! The client that connections are made with: TLS, and what the system does for a connection.

use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::TcpKeepalive;
use redis::{Client, IntoConnectionInfo, RedisResult, TlsCertificates};

/// After how long the system probes a quiet connection, how often it repeats that, and after how many lost probes it gives
/// the connection up.
const ALIVE_AFTER: Duration = Duration::from_secs(2);
const ALIVE_EVERY: Duration = Duration::from_secs(1);
const ALIVE_ASKED: u32 = 3;

/// How long sent data may stay unacknowledged before the connection ends; the system's own limit is a quarter of an hour.
#[cfg(target_os = "linux")]
const UNRECEIVED_FOR: Duration = Duration::from_secs(5);

/// The client for this address. It connects to nothing yet.
pub(super) fn client(url: &str, certificate_authority: Option<Vec<u8>>) -> RedisResult<Client> {
    choose_cryptography();
    let info = url.into_connection_info()?.set_tcp_settings(tcp_settings());
    match certificate_authority {
        Some(root) => Client::build_with_tls(
            info,
            TlsCertificates {
                client_tls: None,
                root_cert: Some(root),
            },
        ),
        None => Client::open(info),
    }
}

/// Lets the system find out on its own that a connection is dead.
fn tcp_settings() -> TcpSettings {
    let alive = TcpKeepalive::new()
        .with_time(ALIVE_AFTER)
        .with_interval(ALIVE_EVERY)
        .with_retries(ALIVE_ASKED);
    let settings = TcpSettings::default()
        .set_nodelay(true)
        .set_keepalive(alive);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(UNRECEIVED_FOR);
    settings
}

/// TLS panics on its first use unless the process has chosen a cryptography provider (rustls 0.23).
fn choose_cryptography() {
    // An error means that one is chosen already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
