//! The style sheet, scripts and icons, embedded in the binary and cached by their content.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::security;
use crate::domain::job::hex;

#[derive(RustEmbed)]
#[folder = "static/"]
#[exclude = "editor/*"]
struct Assets;

/// A vendored file's name carries its version, so it never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Our own files are asked for again with their tag, which costs no body.
const ASK_AGAIN: &str = "no-cache";

/// One file.
pub(super) async fn asset(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = Assets::get(&file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{}\"", hex(&asset.metadata.sha256_hash()[..8]));
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        asset.data.into_response()
    };
    let headers = response.headers_mut();
    security::harden(headers);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(&file)));
    let cached = match file.starts_with("vendor/") {
        true => FOR_EVER,
        false => ASK_AGAIN,
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cached));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn kind(file: &str) -> &'static str {
    match file.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}
