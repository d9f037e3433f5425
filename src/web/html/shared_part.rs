//! Large parts of pages that are drawn and compressed once for all viewers of the same content.
//!
//! A page is a small frame of its own around such a part. In gzip (RFC 1952, RFC 1951), the frame goes into stored blocks,
//! which cost nothing to make, with the part's compressed blocks between them unchanged. These end with a full flush, so
//! they refer to nothing before them and end on a byte boundary. The checksum of the whole is combined from those of the
//! pieces.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress};
use futures::stream;

use super::error::PageError;
use crate::cache::Cache;
use crate::clock;
use crate::domain::access::scope::Scope;
use crate::service::live::snapshot::SnapshotId;
use crate::web::overview::filter::OverviewAddress;

/// Marks the place of a part in its frame. No template and no escaped value contains it.
const HOLE: &str = "<!part>";

/// The place of a part in a template.
pub(crate) struct Hole;

impl fmt::Display for Hole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HOLE)
    }
}

impl askama::filters::HtmlSafe for Hole {}

/// How many drawings are kept: one for each scope, filter and order that is being viewed. Whoever asks for more of them has the
/// oldest dropped.
const KEPT: usize = 64;

/// How many bytes of drawings are kept.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// A drawing is as good as new for so many times as long as it took: however many ask, drawing takes a tenth of the
/// time at most.
const WORTH: u32 = 10;

/// The longest time for which a drawing is used, since it says how long ago things were.
const FRESH: Duration = Duration::from_secs(2);

/// The level of compression. Higher ones take three times as long for a tenth less.
const LEVEL: u32 = 6;

/// The longest stored block, in bytes (RFC 1951, section 3.2.4).
const LONGEST_STORED: usize = 0xffff;

/// The drawings of the last moment.
#[derive(Debug)]
pub(crate) struct SharedParts(pub(crate) Cache<PartKey, Part, PageError>);

/// Who is shown what: the scope, the address, and whether rows can be selected.
pub(crate) type PartKey = (Scope, OverviewAddress, bool);

/// One drawn part; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Part(Arc<PartsInner>);

/// The shared content of a [`Part`].
#[derive(Debug)]
struct PartsInner {
    mark: SnapshotId,
    /// The BullMQ version that its rows leave out.
    usual_version: String,
    began: Instant,
    took: Duration,
    plain: Bytes,
    deflated: Bytes,
    checksum: Hasher,
}

impl Default for SharedParts {
    fn default() -> Self {
        Self(Cache::new(KEPT, |_| FRESH).at_most_bytes(MOST_BYTES, Part::bytes))
    }
}

impl Part {
    pub(crate) fn new(
        mark: SnapshotId,
        usual_version: String,
        began: Instant,
        html: String,
    ) -> Self {
        let deflated = deflate(html.as_bytes()).into();
        let mut checksum = Hasher::new();
        checksum.update(html.as_bytes());
        Self(Arc::new(PartsInner {
            mark,
            usual_version,
            began,
            took: clock::instant().saturating_duration_since(began),
            plain: html.into(),
            deflated,
            checksum,
        }))
    }

    /// The snapshot that it shows.
    pub(crate) fn mark(&self) -> SnapshotId {
        self.0.mark
    }

    /// The BullMQ version that its rows leave out, since most queues have it.
    pub(crate) fn usual_version(&self) -> &str {
        &self.0.usual_version
    }

    /// Whether it does while `now` is the newest snapshot, and it was not drawn too long ago.
    pub(crate) fn still_fits(&self, now: SnapshotId) -> bool {
        self.0.mark == now || {
            let age = clock::instant().saturating_duration_since(self.0.began);
            age < self.0.took * WORTH
        }
    }

    fn bytes(&self) -> usize {
        self.0.plain.len() + self.0.deflated.len()
    }

    /// The answer with `frame` around the part, in gzip if the browser accepts it.
    pub(crate) fn within(&self, frame: &str, headers: &HeaderMap) -> Response {
        let (head, tail) = frame.split_once(HOLE).unwrap_or((frame, ""));
        let gzip = takes_gzip(headers);
        let pieces = match gzip {
            true => self.gzipped(head, tail),
            false => [
                head.to_owned().into(),
                self.0.plain.clone(),
                tail.to_owned().into(),
            ],
        };
        let length: usize = pieces.iter().map(Bytes::len).sum();
        // The part itself is never copied: a thousand requests at once hold it once.
        let body = Body::from_stream(stream::iter(pieces.map(Ok::<_, Infallible>)));
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        let mut response = ([(header::CONTENT_TYPE, html)], body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if gzip {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }

    /// The answer with only the part.
    pub(crate) fn alone(&self, headers: &HeaderMap) -> Response {
        self.within(HOLE, headers)
    }

    /// A gzip stream in three pieces: the head of the frame, the part unchanged, the tail of the frame.
    fn gzipped(&self, head: &str, tail: &str) -> [Bytes; 3] {
        let part = &self.0;
        // RFC 1952, section 2.3: deflate, no flags, no time, no operating system.
        let mut begin = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
        store(&mut begin, head.as_bytes(), false);
        let mut end = Vec::with_capacity(tail.len() + 64);
        store(&mut end, tail.as_bytes(), true);
        let mut checksum = Hasher::new();
        checksum.update(head.as_bytes());
        checksum.combine(&part.checksum);
        checksum.update(tail.as_bytes());
        let length = head.len() + part.plain.len() + tail.len();
        end.extend(checksum.finalize().to_le_bytes());
        // The length counts modulo 2^32.
        end.extend((length as u32).to_le_bytes());
        [begin.into(), part.deflated.clone(), end.into()]
    }
}

/// Writes `bytes` as stored blocks; the last one ends the stream if `the_end` is set.
fn store(out: &mut Vec<u8>, bytes: &[u8], the_end: bool) {
    let blocks = bytes.len().div_ceil(LONGEST_STORED).max(1);
    for at in 0..blocks {
        let begins = at * LONGEST_STORED;
        let block = &bytes[begins..bytes.len().min(begins + LONGEST_STORED)];
        let length = block.len() as u16;
        out.push(u8::from(the_end && at + 1 == blocks));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
}

/// Compressed blocks that refer to nothing before them.
fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut compress = Compress::new(Compression::new(LEVEL), false);
    let mut out = Vec::with_capacity(bytes.len() / 8 + 1024);
    loop {
        let taken = usize::try_from(compress.total_in()).unwrap_or(usize::MAX);
        // Compressing in memory can't fail, and it is complete once there is room left over.
        let _ = compress.compress_vec(
            &bytes[taken.min(bytes.len())..],
            &mut out,
            FlushCompress::Full,
        );
        if out.len() < out.capacity() {
            return out;
        }
        out.reserve(out.capacity());
    }
}

/// Whether the answer to these headers may be in gzip (RFC 9110, section 12.5.3).
pub(crate) fn takes_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|choice| {
            let mut parts = choice.split(';').map(str::trim);
            let named = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
            let refused = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
            named && !refused
        })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn part(html: String) -> Part {
        Part::new(SnapshotId::default(), String::new(), Instant::now(), html)
    }

    #[test]
    fn a_part_within_a_frame_is_one_gzip_stream_of_any_gunzip() {
        let long: String = (0..90_000).map(|n| format!("<td>{n}</td>")).collect();
        for (head, middle, tail) in [
            ("<head>", "<p>ü</p>", "</html>"),
            ("", "", ""),
            (long.as_str(), long.as_str(), long.as_str()),
        ] {
            let out = part(middle.to_owned()).gzipped(head, tail).concat();
            let mut plain = String::new();
            flate2::read::GzDecoder::new(out.as_slice())
                .read_to_string(&mut plain)
                .unwrap();
            assert_eq!(plain, format!("{head}{middle}{tail}"));
        }
    }

    #[test]
    fn gzip_goes_only_to_who_takes_it() {
        for (accepts, takes) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, gzip;q=0.5", true),
            ("gzip;q=0", false),
            ("br", false),
        ] {
            let headers = HeaderMap::from_iter([(
                header::ACCEPT_ENCODING,
                HeaderValue::from_static(accepts),
            )]);
            assert_eq!(takes_gzip(&headers), takes, "{accepts}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
