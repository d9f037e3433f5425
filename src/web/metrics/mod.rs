//! `/metrics`, for Prometheus: on the main address with a bearer token, and on an address of its own.

pub(crate) mod access;
pub(crate) mod drawn;
mod labels;
mod own;
mod queues;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use crate::service::large_texts::blocking::spawn_blocking;
use access::MayScrape;
use drawn::{ScrapeFormat, draw};

/// The metrics on the main address, for who sends the token. Without the setting there is no such page.
pub(crate) async fn with_token(State(app): State<App>, headers: HeaderMap) -> Response {
    match app.metrics.token.check(&headers) {
        MayScrape::NoToken => (StatusCode::NOT_FOUND, "not found\n").into_response(),
        MayScrape::No => refused(),
        MayScrape::Yes => scrape(&app, &headers).await,
    }
}

/// The metrics on an address of their own. Where a token is set, it is asked for here too.
pub(crate) async fn on_own_address(State(app): State<App>, headers: HeaderMap) -> Response {
    match app.metrics.token.check(&headers) {
        MayScrape::No => refused(),
        MayScrape::NoToken | MayScrape::Yes => scrape(&app, &headers).await,
    }
}

/// What else is asked for on the address of the metrics.
pub(crate) async fn nothing_else() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "only /metrics is here\n")
}

fn refused() -> Response {
    let challenge = HeaderValue::from_static("Bearer realm=\"metrics\"");
    let headers = [(header::WWW_AUTHENTICATE, challenge)];
    (
        StatusCode::UNAUTHORIZED,
        headers,
        "a scrape must send the setting metrics_token as a bearer token\n",
    )
        .into_response()
}

async fn scrape(app: &App, headers: &HeaderMap) -> Response {
    let format = ScrapeFormat::of(headers);
    let drawing = async {
        let services = Arc::clone(&app.services);
        let streams = app.live.open_streams() as u64;
        let drawing = spawn_blocking(move || draw(services.read_metrics(), streams, format));
        match drawing.await {
            Ok(Ok(text)) => Ok(text.into()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(error) => Err(error.to_string()),
        }
    };
    match app.metrics.drawn.get(format, drawing).await {
        Ok(text) => {
            let kind = HeaderValue::from_static(format.content_type());
            let cache = HeaderValue::from_static("no-store");
            let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)];
            (headers, text).into_response()
        }
        Err(error) => {
            tracing::error!(error, "the metrics can't be drawn");
            (StatusCode::INTERNAL_SERVER_ERROR, "see the log\n").into_response()
        }
    }
}
