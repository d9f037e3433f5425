//! Large forms and pages: parsed while they arrive, drawn off the async threads, and counted in the memory budget until
//! they are sent.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;

use super::fields::FieldParser;
use crate::service::large_texts::blocking::run_blocking;
use crate::service::large_texts::memory_budget::BudgetShare;
use crate::web::app::App;
use crate::web::html::error::PageError;

/// The content type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// Reads a form and decodes it while it arrives, so that memory holds only its fields.
pub(crate) async fn form<T: DeserializeOwned>(request: Request, app: &App) -> Result<T, Response> {
    let (parts, body) = request.into_parts();
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let is_form = |kind: &HeaderValue| kind.as_bytes().starts_with(FORM.as_bytes());
    // error.rs draws such bare answers.
    if !kind.is_some_and(is_form) {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
    }
    let (most, mut size) = (crate::web::app::largest_form(app), 0);
    let mut fields = FieldParser::default();
    let mut frames = body.into_data_stream();
    while let Some(frame) = frames.next().await {
        let frame = frame.map_err(|_| StatusCode::BAD_REQUEST.into_response())?;
        size += frame.len();
        if size > most {
            return Err(StatusCode::PAYLOAD_TOO_LARGE.into_response());
        }
        fields.read(&frame);
    }
    let fields = MapDeserializer::<_, serde::de::value::Error>::new(fields.ended().into_iter());
    T::deserialize(fields).map_err(|_| StatusCode::UNPROCESSABLE_ENTITY.into_response())
}

/// Draws an answer, off the async threads if its texts, of `size` bytes together, are large.
pub(crate) async fn drawn<T: IntoResponse + Send + 'static>(size: usize, answer: T) -> Response {
    match run_blocking(size, move || answer.into_response()).await {
        Ok(response) => response,
        Err(stop) => PageError::from(stop).into_response(),
    }
}

/// The answer, which holds its share of the memory budget until it is sent or given up.
pub(crate) fn keeping(room: BudgetShare, response: Response) -> Response {
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
