//! Large forms and pages: read and drawn off the async threads, and the room they take kept until they are sent.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde::de::DeserializeOwned;

use super::App;
use super::error::PageError;
use super::extract::Form;
use crate::service::room::Taken;
use crate::service::weigh::aside;

/// Forms up to this size, in bytes, are decoded where they are.
const SMALL: usize = 64 * 1024;

/// Reads a form, off the async threads where it is large: decoding some megabytes takes a while.
pub(super) async fn form<T>(request: Request, app: &App) -> Result<T, Response>
where
    T: DeserializeOwned + Send + 'static,
{
    let (parts, body) = whole(request, app).await?;
    let size = body.len();
    if size <= SMALL {
        let request = Request::from_parts(parts, Body::from(body));
        return Form::<T>::from_request(request, app)
            .await
            .map(|form| form.0);
    }
    let (app, runtime) = (app.clone(), tokio::runtime::Handle::current());
    let work = move || {
        // The body is whole by now: nothing is waited for.
        let request = Request::from_parts(parts, Body::from(body));
        runtime.block_on(Form::<T>::from_request(request, &app))
    };
    let form = aside(size, work)
        .await
        .map_err(|stop| PageError::from(stop).into_response())?;
    form.map(|form| form.0)
}

/// A request with its body read, up to the largest form there may be. The framework would take it twice for a moment.
async fn whole(request: Request, app: &App) -> Result<(Parts, Vec<u8>), Response> {
    let (parts, body) = request.into_parts();
    let most = super::largest_form(app);
    let size = parts.headers.get(header::CONTENT_LENGTH);
    let size: Option<usize> = size.and_then(|size| size.to_str().ok()?.parse().ok());
    let mut whole = Vec::with_capacity(size.unwrap_or(0).min(most));
    let mut frames = body.into_data_stream();
    while let Some(frame) = frames.next().await {
        // Such bare answers are drawn in error.rs.
        let frame = frame.map_err(|_| StatusCode::BAD_REQUEST.into_response())?;
        if whole.len() + frame.len() > most {
            return Err(StatusCode::PAYLOAD_TOO_LARGE.into_response());
        }
        whole.extend_from_slice(&frame);
    }
    Ok((parts, whole))
}

/// Draws an answer off the async threads where its texts, of `size` bytes together, are large.
pub(super) async fn drawn<T: IntoResponse + Send + 'static>(size: usize, answer: T) -> Response {
    match aside(size, move || answer.into_response()).await {
        Ok(response) => response,
        Err(stop) => PageError::from(stop).into_response(),
    }
}

/// The answer, with its room kept until it is sent or given up.
pub(super) fn keeping(room: Taken, response: Response) -> Response {
    if room.is_none() {
        return response;
    }
    response.map(|body| {
        let parts = body.into_data_stream().map(move |part| {
            let _kept = &room;
            part
        });
        Body::from_stream(parts)
    })
}
