//! A stream of server-sent events: heartbeats, the messages of its feed, and its end.

use std::convert::Infallible;
use std::future::Future;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Interval;
use tokio_util::sync::CancellationToken;

use super::gzip::{EventText, GzipStream};
use super::sse_message;
use super::viewers::{ViewerPlace, ViewerStatus, Watching};
use crate::service::live::snapshot::SnapshotId;
use crate::web::app::App;
use crate::web::html::error::PageError;

/// A sign of life after so long without a message: a page that hears nothing for much longer says that it is stale.
const BEAT: Duration = Duration::from_secs(5);

/// The sign of life.
static BEAT_EVENT: LazyLock<EventText> = LazyLock::new(|| sse_message::named("beat", ""));

/// What a stream tells.
pub(crate) trait Feed: Send + 'static {
    /// Waits for what is worth telling; `None` once there will be nothing more. Dropping the future loses nothing.
    fn next(&mut self) -> impl Future<Output = Option<EventText>> + Send;
}

/// A viewer's stream.
struct LiveStream<F> {
    feed: F,
    place: ViewerPlace,
    beat: Interval,
    stop: CancellationToken,
    /// Set for who takes gzip.
    gzip: Option<GzipStream>,
    over: bool,
    _turn: OwnedSemaphorePermit,
}

impl<F: Feed> LiveStream<F> {
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if self.over {
            return None;
        }
        let (event, is_last) = tokio::select! {
            biased;
            () = self.stop.cancelled() => (None, true),
            // Nobody else has the sender: it only ends with this place.
            _ = self.place.standing.changed() => (Some(farewell(*self.place.standing.borrow())), true),
            message = self.feed.next() => {
                let is_last = message.is_none();
                self.beat.reset();
                (message, is_last)
            }
            _ = self.beat.tick() => (Some(BEAT_EVENT.clone()), false),
        };
        self.over = is_last;
        let bytes = self.encoded(event.as_ref());
        (!bytes.is_empty()).then_some((Ok(bytes), self))
    }

    /// An event as it goes over the wire, and the end of a stream that is over.
    fn encoded(&mut self, event: Option<&EventText>) -> Bytes {
        let Some(gzip) = &mut self.gzip else {
            return event.map(EventText::plain).unwrap_or_default();
        };
        let bytes = event.map(|event| gzip.push(event)).unwrap_or_default();
        match self.over {
            true => [bytes, gzip.end()].concat().into(),
            false => bytes,
        }
    }
}

fn farewell(standing: ViewerStatus) -> EventText {
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
        gzip: watching.takes_gzip.then(GzipStream::default),
        over: false,
        _turn: turn,
    };
    let body = Body::from_stream(futures::stream::unfold(stream, LiveStream::next));
    let kind = HeaderValue::from_static("text/event-stream");
    let mut response = ([(header::CONTENT_TYPE, kind)], body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if watching.takes_gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    // nginx would keep the stream back until it ends.
    headers.insert(
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
