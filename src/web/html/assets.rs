//! The style sheet, scripts and icons, embedded in the binary.
//!
//! Pages name them below a digest of them all, `/static/0123456789abcdef/app.css`: what is at such an address never changes, so
//! browsers keep it and ask no more. All of them have one digest, so that a file may name another by its relative address.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{LazyLock, Mutex, PoisonError};

use base16ct::lower::encode_string;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::shared_part::takes_gzip;
use crate::web::request::security;

#[derive(RustEmbed)]
#[folder = "static/"]
#[exclude = "editor/*"]
struct Assets;

/// What is below the digest never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Any other address is asked for again with the file's tag, which costs no body.
const ASK_AGAIN: &str = "no-cache";

/// How many hex digits of the digest an address has.
const DIGITS: usize = 16;

/// The digest of all assets, their names and contents, as addresses have it.
pub(crate) fn digest() -> &'static str {
    static DIGEST: LazyLock<String> = LazyLock::new(|| {
        let mut files: Vec<_> = Assets::iter().collect();
        files.sort_unstable();
        let mut all = Sha256::new();
        for file in files {
            let content = Assets::get(&file).map(|asset| asset.metadata.sha256_hash());
            all.update(file.as_bytes());
            all.update(content.unwrap_or_default());
        }
        encode_string(&all.finalize()[..DIGITS / 2])
    });
    &DIGEST
}

/// The file that an address below `/static/` names, and for how long an answer may be kept. A page of another release, drawn
/// before this process began, gets today's file, not to be kept.
fn named(address: &str) -> (&str, &'static str) {
    match address.split_once('/') {
        Some((found, file)) if found == digest() => (file, FOR_EVER),
        Some((other, file))
            if other.len() == DIGITS && other.bytes().all(|b| b.is_ascii_hexdigit()) =>
        {
            (file, ASK_AGAIN)
        }
        _ => (address, ASK_AGAIN),
    }
}

/// One file.
pub(crate) async fn asset(Path(address): Path<String>, headers: HeaderMap) -> Response {
    let (file, kept) = named(&address);
    let Some(asset) = Assets::get(file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{}\"", encode_string(&asset.metadata.sha256_hash()[..8]));
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let gzip = takes_gzip(&headers);
    let mut response = match (known, gzip) {
        (true, _) => StatusCode::NOT_MODIFIED.into_response(),
        (false, true) => compressed(file, &asset.data).into_response(),
        (false, false) => asset.data.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if gzip && !known {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    security::harden(headers);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(file)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// An asset in gzip, compressed once and as small as it gets. This is no [`crate::cache::Cache`]: the files are part of the
/// program, so there are only so many, and none gets old.
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
