//! A stream of server-sent events: heartbeats, the messages of its feed, and its end.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Interval;
use tokio_util::sync::CancellationToken;

use super::sse_message;
use super::viewers::{ViewerPlace, ViewerStatus, Watching};
use crate::service::live::snapshot::SnapshotId;
use crate::web::app::App;
use crate::web::html::error::PageError;

/// How often a heartbeat is sent. A page that gets nothing for much longer says that it is stale.
const BEAT: Duration = Duration::from_secs(5);

/// The source of a stream's messages.
pub(crate) trait Feed: Send + 'static {
    /// Waits for the next message; `None` at the end. Dropping the future loses nothing.
    fn next(&mut self) -> impl Future<Output = Option<Bytes>> + Send;
}

/// A viewer's stream.
struct LiveStream<F> {
    feed: F,
    place: ViewerPlace,
    beat: Interval,
    stop: CancellationToken,
    over: bool,
    _turn: OwnedSemaphorePermit,
}

impl<F: Feed> LiveStream<F> {
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if self.over {
            return None;
        }
        let message = tokio::select! {
            biased;
            () = self.stop.cancelled() => return None,
            // The sender lives as long as this place, so there is no error.
            _ = self.place.standing.changed() => {
                self.over = true;
                farewell(*self.place.standing.borrow())
            }
            message = self.feed.next() => match message {
                Some(message) => message,
                None => return None,
            },
            _ = self.beat.tick() => sse_message::named("beat", ""),
        };
        Some((Ok(message), self))
    }
}

fn farewell(standing: ViewerStatus) -> Bytes {
    sse_message::named(
        "ended",
        match standing {
            ViewerStatus::Changed => "Your rights have changed.",
            ViewerStatus::Ended | ViewerStatus::Same => "Your session has ended.",
        },
    )
}

/// Begins a stream.
pub(crate) fn stream<F: Feed>(
    app: &App,
    watching: &Watching,
    feed: F,
) -> Result<Response, PageError> {
    if app.live.rights.places_of(watching) >= app.live.most_of_one {
        return Err(PageError::busy(
            "As many of your pages are live as may be: a quarter of the setting live_streams.",
        ));
    }
    let turn = Arc::clone(&app.live.places).try_acquire_owned();
    let turn = turn.map_err(|_| {
        PageError::busy("As many pages are live as may be (the setting live_streams).")
    })?;
    let stream = LiveStream {
        feed,
        place: app.live.rights.enter(watching),
        // The first tick comes at once and shows the page that the stream works.
        beat: tokio::time::interval(BEAT),
        stop: app.live.stop.clone(),
        over: false,
        _turn: turn,
    };
    let body = Body::from_stream(futures::stream::unfold(stream, LiveStream::next));
    let kind = HeaderValue::from_static("text/event-stream");
    let mut response = ([(header::CONTENT_TYPE, kind)], body).into_response();
    // nginx would buffer the stream until it ends.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(response)
}

/// The snapshot after which a stream continues: that of the last message of a broken stream, or the one that the page was
/// drawn from.
pub(crate) fn resumed(headers: &HeaderMap, drawn: SnapshotId) -> SnapshotId {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    last.and_then(|id| id.parse().ok()).unwrap_or(drawn)
}
