//! Gives up a form that arrives too slowly: meanwhile it holds a connection, its turn, and memory.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use futures::StreamExt;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// The time that every form may take.
const GRACE: Duration = Duration::from_secs(20);

/// How many bytes a second it must bring after that. The slowest mobile networks send twice as many.
const LEAST_PACE: f64 = 16.0 * 1024.0;

/// How long the rest of a form that is refused unread is awaited.
const PASSED_OVER_WITHIN: Duration = Duration::from_secs(10);

/// Reads the rest of a form that is refused, and discards it: a browser shows the answer only once it has sent everything.
pub(crate) async fn pass_over(body: Body) {
    let mut rest = body.into_data_stream();
    let all = async { while let Some(Ok(_)) = rest.next().await {} };
    // A client that sends for longer sees a broken connection.
    let _ = tokio::time::timeout(PASSED_OVER_WITHIN, all).await;
}

/// Whether a form was too slow.
#[derive(Debug, Clone, Default)]
pub(crate) struct TooSlow(Arc<AtomicBool>);

impl TooSlow {
    /// The request with a body that must keep pace, and the flag that says whether it did not.
    pub(crate) fn watch(request: Request) -> (Request, Self) {
        Self::within(GRACE, request)
    }

    fn within(grace: Duration, request: Request) -> (Request, Self) {
        let slow = Self::default();
        let watched = slow.clone();
        let request = request.map(|body| match body.is_end_stream() {
            true => body,
            false => Body::new(Paced {
                body,
                slow: watched,
                grace,
                began: None,
                received: 0,
                due: None,
            }),
        });
        (request, slow)
    }

    /// Whether the form was given up.
    pub(crate) fn is_so(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A body that must keep pace.
struct Paced {
    body: Body,
    slow: TooSlow,
    grace: Duration,
    /// When the body was first read: before that, its sender is not at fault.
    began: Option<Instant>,
    received: usize,
    /// The deadline, while the body waits for data.
    due: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let began = *self.began.get_or_insert_with(Instant::now);
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.due = None;
            if let Some(Ok(frame)) = &frame {
                self.received += frame.data_ref().map_or(0, Bytes::len);
            }
            return Poll::Ready(frame);
        }
        let due = began + self.grace + pace(self.received);
        let due = self
            .due
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        ready!(due.as_mut().poll(context));
        self.slow.0.store(true, Ordering::Relaxed);
        let error = std::io::Error::from(std::io::ErrorKind::TimedOut);
        Poll::Ready(Some(Err(axum::Error::new(error))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// How long this many bytes may take.
fn pace(received: usize) -> Duration {
    Duration::from_secs_f64(received as f64 / LEAST_PACE)
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    /// The result of a form of `pieces` pieces of `size` bytes, one every `pause`.
    async fn sent(
        pieces: usize,
        size: usize,
        pause: Duration,
    ) -> (Result<usize, axum::Error>, bool) {
        let pieces = stream::iter(0..pieces).then(move |_| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; size]))
        });
        let (request, slow) = TooSlow::within(
            Duration::from_millis(300),
            Request::new(Body::from_stream(pieces)),
        );
        let read = axum::body::to_bytes(request.into_body(), usize::MAX).await;
        (read.map(|bytes| bytes.len()), slow.is_so())
    }

    #[tokio::test]
    async fn a_form_that_dribbles_is_given_up_and_a_slow_one_that_keeps_pace_is_not() {
        let tick = Duration::from_millis(50);
        let (read, slow) = sent(10_000, 1, tick).await;
        assert!(read.is_err() && slow, "a byte at a time");
        let (read, slow) = sent(20, 16 * 1024, tick).await;
        assert_eq!((read.unwrap(), slow), (20 * 16 * 1024, false));
        let (read, slow) = sent(1, 1, 200 * tick).await;
        assert!(read.is_err() && slow, "nothing at all");
        let (read, slow) = sent(2, 1, tick / 50).await;
        assert_eq!((read.unwrap(), slow), (2, false));
    }
}
