//! Builds a running server from its parts, and shuts it down in order.

pub(crate) mod background;
pub(crate) mod connection;
mod from_settings;
mod limits;
mod listen;
mod metrics;
mod open_connections;

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use from_settings::parts;
pub use from_settings::{open_store, services};
pub use limits::ConnectionLimits;
use listen::Listener;

use crate::config::{LogFormat, Settings};
use crate::domain::background::BackgroundTask;
use crate::domain::versions::VersionPattern;
use crate::service::Services;
use crate::service::accounts::first_admin_link::SET_UP_WITHIN;
use crate::service::live::handle::LiveHandle;
use crate::service::live::options::LiveOptions;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::web::app::App;
use crate::web::{keep_rights, router};

/// How long a start waits for Redis before it gives up.
const REDIS_WITHIN: Duration = Duration::from_secs(30);

/// How much of an answer, in bytes, the system buffers for a browser to read.
const SEND_BUFFER: usize = 256 * 1024;

/// How long requests in progress may take once the process was told to stop.
const END_WITHIN: Duration = Duration::from_secs(10);

/// After this time a browser that reads nothing of what waits for it is disconnected.
#[cfg(target_os = "linux")]
const UNREAD_FOR: Duration = Duration::from_secs(60);

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Redis did not answer, or refused.
    #[error("{0} (the setting redis says where it is)")]
    Store(#[from] StoreError),
    /// The address can't be listened on.
    #[error("can't listen on {0}: {1} (the setting bind)")]
    Bind(SocketAddr, std::io::Error),
    /// The address of the metrics can't be listened on.
    #[error("can't listen on {0}: {1} (the setting metrics_bind)")]
    BindMetrics(SocketAddr, std::io::Error),
    /// Nobody could sign in, and a link for the first admin is only safe on this machine.
    #[error(
        "there is no user yet, and a link to make the first admin is offered on a loopback address only, not on {0}: make \
         one with `bullkeeper user add NAME --role admin`"
    )]
    NoUser(SocketAddr),
    /// Nobody could sign in, and no user may be added.
    #[error(
        "there is no user yet, and with read_only none can be made: make one with `bullkeeper user add NAME --role admin` \
         and a Redis user that may write, then start again"
    )]
    NoUserReadOnly,
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    /// The address it listens on, with the port that the system chose if it was 0.
    pub address: SocketAddr,
    /// The address of the metrics, if they have one of their own.
    pub metrics_address: Option<SocketAddr>,
    /// Its use cases.
    pub services: Arc<Services>,
    /// The link that makes the first admin, if there is no user.
    pub set_up_link: Option<String>,
    serving: JoinHandle<()>,
    /// Leads, and gives the lease back at the end.
    leading: Option<JoinHandle<()>>,
    stop: CancellationToken,
}

impl Server {
    /// Starts a server with `settings`, which runs until `stop`.
    pub async fn start(settings: &Settings, stop: CancellationToken) -> Result<Self, StartError> {
        let limits = ConnectionLimits::of_process(settings.live_streams);
        Self::within(limits, settings, stop).await
    }

    /// The same with `limits` of its connections.
    pub async fn within(
        limits: ConnectionLimits,
        settings: &Settings,
        stop: CancellationToken,
    ) -> Result<Self, StartError> {
        let store = Arc::new(open_store(settings)?);
        wait_for_redis(&store).await?;
        let has_users = store.has_users().await?;
        if !has_users && settings.read_only {
            return Err(StartError::NoUserReadOnly);
        }
        if !has_users && !settings.bind.ip().is_loopback() {
            return Err(StartError::NoUser(settings.bind));
        }
        let overview = LiveHandle::start(
            Arc::clone(&store),
            LiveOptions {
                recount: settings.recount,
                refresh: settings.refresh,
                round: settings.round,
                discovery: settings.discovery,
                pattern: VersionPattern::new(settings.version_pattern.clone()),
            },
            stop.clone(),
        );
        let services = Arc::new(services(settings, Arc::clone(&store), overview));
        let listener = TcpListener::bind(settings.bind)
            .await
            .map_err(|error| StartError::Bind(settings.bind, error))?;
        let address = listener
            .local_addr()
            .map_err(|error| StartError::Bind(settings.bind, error))?;
        let link = (!has_users).then(|| {
            let token = services.offer_set_up();
            format!(
                "http://{address}{}/set-up?token={token}",
                settings.base_path
            )
        });
        let (supervisor, leading) = background::start(settings, &services, &store, &stop);
        let app = App::new(parts(settings, Arc::clone(&services), store, stop.clone()));
        let watched = app.clone();
        supervisor.start(BackgroundTask::CheckRights, move |_| {
            keep_rights(watched.clone())
        });
        let metrics_address = match settings.metrics_bind {
            Some(bind) => Some(
                metrics::serve(bind, &app, tune, stop.clone())
                    .await
                    .map_err(|error| StartError::BindMetrics(bind, error))?,
            ),
            None => None,
        };
        let listen = Listener {
            router: router(app),
            limits,
            trusted_proxies: settings.trusted_proxies.clone(),
            tune,
        };
        let serving = tokio::spawn(listen.run(listener, stop.clone()));
        Ok(Self {
            address,
            metrics_address,
            services,
            set_up_link: link,
            serving,
            leading,
            stop,
        })
    }

    /// Waits until the server has stopped and the requests in progress are answered, or took too long.
    pub async fn ended(self) -> std::io::Result<()> {
        self.stop.cancelled().await;
        let ended = match tokio::time::timeout(END_WITHIN, self.serving).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(panicked)) => Err(std::io::Error::other(panicked)),
            Err(_) => {
                tracing::warn!("some requests did not end in time");
                Ok(())
            }
        };
        self.services.finish_audit().await;
        if let Some(leading) = self.leading {
            // It takes a second at most, and another process need not wait for the lease to expire.
            let _ = leading.await;
        }
        ended
    }
}

/// Sets the options of a connection; a failure only costs time or memory.
fn tune(stream: &TcpStream) {
    // Without this, small answers wait for more data.
    let _ = stream.set_nodelay(true);
    let socket = SockRef::from(stream);
    // Otherwise a live page that is not read would hold some megabytes of the system's memory, and its place, forever.
    let _ = socket.set_send_buffer_size(SEND_BUFFER);
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_user_timeout(Some(UNREAD_FOR));
}

/// The `serve` command, which runs until a signal stops it.
pub async fn serve(settings: &Settings) -> Result<(), StartError> {
    let stop = CancellationToken::new();
    tokio::spawn(stop_on_signal(stop.clone()));
    let server = Server::start(settings, stop).await?;
    tracing::info!(
        "Bullkeeper {} listens on http://{}{}/",
        env!("CARGO_PKG_VERSION"),
        server.address,
        settings.base_path
    );
    if let Some(link) = &server.set_up_link {
        println!(
            "There is no user yet. Make the first admin here, within {} minutes:\n\n  {link}\n",
            SET_UP_WITHIN.as_secs() / 60
        );
    }
    let address = settings.bind;
    server
        .ended()
        .await
        .map_err(|error| StartError::Bind(address, error))
}

/// Starts the log to standard error.
pub fn start_log(settings: &Settings) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::new(&settings.log_level);
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Only a terminal shows colours; a file would hold their codes.
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // A second start in one process, as in tests, keeps the first log.
    let _ = match settings.log_format {
        LogFormat::Json => log.json().flatten_event(true).try_init(),
        LogFormat::Text => log.try_init(),
    };
}

async fn wait_for_redis(store: &Store) -> Result<(), StoreError> {
    let give_up = tokio::time::Instant::now() + REDIS_WITHIN;
    loop {
        match store.ping().await {
            Err(error) if error.is_passing() && tokio::time::Instant::now() < give_up => {
                tracing::warn!(%error, "waiting for Redis");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            answered => return answered,
        }
    }
}

async fn stop_on_signal(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM can't be waited for");
            let _ = interrupt.await;
        }
    }
    tracing::info!("ending");
    stop.cancel();
}
