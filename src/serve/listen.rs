//! Accepts connections and serves HTTP/1 and HTTP/2 on them, within limits. `axum::serve` would keep a connection forever
//! that sends nothing, or half a request.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode, Version, header};
use futures::FutureExt;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::connection::{Answering, Connection};
use super::limits::ConnectionLimits;
use super::open_connections::{ConnectionPlace, OpenConnections};
use crate::domain::accounts::network::network_of;

/// The longest head of a request, in bytes; hyper allows up to 400 kB by default.
const LONGEST_HEAD: usize = 64 * 1024;

/// How many requests one HTTP/2 connection may have at once.
const HTTP2_REQUESTS: u32 = 200;

/// How often an HTTP/2 connection with open requests is pinged; it is closed without an answer.
const HTTP2_PING: Duration = Duration::from_secs(20);

/// How long no connection is accepted after the system had no descriptor for one.
const AFTER_NO_DESCRIPTOR: Duration = Duration::from_millis(50);

/// The state that all connections share.
pub(super) struct Listener {
    pub(super) router: Router,
    pub(super) limits: ConnectionLimits,
    /// The proxies whose connections serve many people.
    pub(super) trusted_proxies: Vec<IpNet>,
    /// Sets the options of a socket.
    pub(super) tune: fn(&TcpStream),
}

impl Listener {
    /// Serves until `stop`, and then until the requests in progress are answered.
    pub(super) async fn run(self, listener: TcpListener, stop: CancellationToken) {
        let limits = &self.limits;
        let all = OpenConnections::new(
            limits.connections,
            limits.of_one_network,
            limits.head_within,
            limits.idle,
        );
        let for_health = OpenConnections::new(
            limits.for_health,
            limits.for_health,
            limits.health_head_within,
            limits.health_head_within,
        );
        let (alive, mut ended) = mpsc::channel::<()>(1);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stop.cancelled() => break,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    after_refused(&error, &all).await;
                    continue;
                }
            };
            (self.tune)(&stream);
            let (place, only_health) = match all.enter(self.network(peer)) {
                Some(place) => (place, false),
                None => match for_health.enter(None) {
                    Some(place) => (place, true),
                    None => continue,
                },
            };
            let served = serve(
                stream,
                peer,
                place,
                self.router.clone(),
                only_health,
                stop.clone(),
            );
            let alive = alive.clone();
            tokio::spawn(async move {
                served.await;
                drop(alive);
            });
        }
        drop((listener, alive));
        // Nothing is ever sent: this waits until every connection has dropped its end.
        ended.recv().await;
    }

    /// The network that a connection counts for; `None` for a trusted proxy.
    fn network(&self, peer: SocketAddr) -> Option<IpAddr> {
        let address = peer.ip().to_canonical();
        let trusted = self
            .trusted_proxies
            .iter()
            .any(|net| net.contains(&address));
        (!trusted).then(|| network_of(address))
    }
}

/// Most errors concern a single connection. Without descriptors the next one fails too, until some are closed.
async fn after_refused(error: &io::Error, all: &OpenConnections) {
    if matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    ) {
        return;
    }
    tracing::warn!(%error, "a connection can't be taken");
    all.make_room();
    tokio::time::sleep(AFTER_NO_DESCRIPTOR).await;
}

/// Serves one connection until it ends, is inactive for too long, or gives its place to another.
async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    place: ConnectionPlace,
    router: Router,
    only_health: bool,
    stop: CancellationToken,
) {
    let connection = Arc::clone(place.connection());
    let io = TokioIo::new(Watched {
        stream,
        connection: Arc::clone(&connection),
    });
    let of_requests = Arc::clone(&connection);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let under_way = of_requests.begin(request.version() == Version::HTTP_2);
        answer(router.clone(), request, peer, only_health, under_way)
    });
    let builder = builder(only_health);
    let mut served = pin!(builder.serve_connection(io, service));
    let mut stopping = pin!(stop.cancelled().fuse());
    let mut overdue = pin!(connection.overdue().fuse());
    loop {
        tokio::select! {
            _ = served.as_mut() => return,
            () = &mut overdue => {}
            () = &mut stopping => {}
        }
        served.as_mut().graceful_shutdown();
        // A request that came at the last moment, or is in progress, is still answered; nothing else is awaited.
        let ended = served.as_mut().now_or_never().is_some();
        if ended || connection.is_quiet() {
            return;
        }
    }
}

fn builder(only_health: bool) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .keep_alive(!only_health)
        .max_buf_size(LONGEST_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HTTP2_PING)
        .keep_alive_timeout(HTTP2_PING)
        .max_concurrent_streams(HTTP2_REQUESTS)
        .max_header_list_size(LONGEST_HEAD as u32);
    builder
}

/// Answers one request.
async fn answer(
    router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
    only_health: bool,
    mut under_way: Answering,
) -> Result<Response<Body>, Infallible> {
    let path = request.uri().path();
    let response = if only_health && !path.ends_with("/healthz") && !path.ends_with("/readyz") {
        full()
    } else {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.oneshot(request).await?
    };
    Ok(response.map(|body| {
        // From here on the reader must take the answer.
        under_way.waits_for_us(false);
        Body::new(Answer { body, under_way })
    }))
}

/// The answer when no connection is free.
fn full() -> Response<Body> {
    let mut response = Response::new(Body::from(
        "Bullkeeper has too many open connections. Try again in a moment.\n",
    ));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    let plain = header::HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, plain);
    headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static("5"));
    response
}

/// The body of an answer, which reports its end.
struct Answer {
    body: Body,
    under_way: Answering,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        self.under_way.waits_for_us(frame.is_pending());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A socket that reports received bytes.
struct Watched {
    stream: TcpStream,
    connection: Arc<Connection>,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        if buffer.filled().len() > before {
            self.connection.received();
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
