//! The style sheet, scripts and icons: embedded in the binary, and cached by their content.

use base16ct::lower::encode_string;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;

use super::shared_part::takes_gzip;
use crate::web::request::security;

#[derive(RustEmbed)]
#[folder = "static/"]
#[exclude = "editor/*"]
struct Assets;

/// A vendored file's name has its version, so its content never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Browsers revalidate our own files with their tag, which costs no body.
const ASK_AGAIN: &str = "no-cache";

/// Serves one file.
pub(crate) async fn asset(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = Assets::get(&file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{}\"", encode_string(&asset.metadata.sha256_hash()[..8]));
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let gzip = takes_gzip(&headers);
    let mut response = match (known, gzip) {
        (true, _) => StatusCode::NOT_MODIFIED.into_response(),
        (false, true) => compressed(&file, &asset.data).into_response(),
        (false, false) => asset.data.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if gzip && !known {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
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

/// An asset in gzip, compressed once, at the highest level.
fn compressed(file: &str, plain: &[u8]) -> Bytes {
    static DONE: Mutex<BTreeMap<String, Bytes>> = Mutex::new(BTreeMap::new());
    let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = done.get(file) {
        return known.clone();
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing into memory can't fail.
    let _ = encoder.write_all(plain);
    let small = Bytes::from(encoder.finish().unwrap_or_default());
    done.insert(file.to_owned(), small.clone());
    small
}

fn kind(file: &str) -> &'static str {
    match file.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}
