//! Streams in gzip. A compressor for each viewer would take about 200 kB of memory; instead a message is compressed once for all
//! who are sent it, and all that a viewer's stream keeps is a checksum.
//!
//! A viewer's stream is one member of gzip (RFC 1952): a head, the blocks of each message (RFC 1951), an end. A message's blocks
//! end with a flush, so that the browser has it at once. They may refer to the message before: what changes looks much like
//! what changed last. Those blocks are right only where exactly that message stands before; everyone else is sent blocks that
//! refer to nothing.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::Bytes;
use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress};

/// The level of compression; the message is compressed for all viewers at once.
const LEVEL: u32 = 6;

/// How long a message is, in bytes, that the next one refers to. Each viewer's stream keeps hold of it, and a viewer who reads
/// slowly may be the only one: the upper bound is what that costs at most.
const REFERRED_TO: RangeInclusive<usize> = 256..=16 * 1024;

/// How many messages before it a message is compressed for, besides for none: viewers who read in time have the same one.
const MOST_BEFORE: usize = 2;

/// RFC 1952, section 2.3: deflate, no flags, no time, no operating system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// The last block of a stream (RFC 1951, section 3.2.6), which is empty.
const LAST_BLOCK: [u8; 2] = [3, 0];

/// A message as it is sent, plain and compressed; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct EventText(Arc<EventInner>);

#[derive(Debug)]
struct EventInner {
    /// Tells messages apart, also from those that are gone.
    number: u64,
    text: Bytes,
    checksum: Hasher,
    /// Its blocks that refer to nothing.
    alone: OnceLock<Bytes>,
    /// Its blocks that refer to a message before it, by that one's number.
    behind: Mutex<Vec<(u64, Bytes)>>,
}

/// What one viewer's compressed stream has to know.
#[derive(Debug, Default)]
pub(crate) struct GzipStream {
    has_begun: bool,
    checksum: Hasher,
    /// Counts modulo 2^32, as gzip does.
    length: u32,
    /// The message that was sent last, where the next one may refer to it.
    before: Option<EventText>,
}

impl EventText {
    pub(crate) fn new(text: String) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let mut checksum = Hasher::new();
        checksum.update(text.as_bytes());
        Self(Arc::new(EventInner {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            text: text.into(),
            checksum,
            alone: OnceLock::new(),
            behind: Mutex::default(),
        }))
    }

    /// How many bytes it has.
    pub(crate) fn size(&self) -> usize {
        self.0.text.len()
    }

    /// As it is sent to who takes no gzip.
    pub(crate) fn plain(&self) -> Bytes {
        self.0.text.clone()
    }

    /// Its compressed blocks for a stream in which `before` stands before it.
    fn blocks(&self, before: Option<&Self>) -> Bytes {
        let event = &self.0;
        if let Some(before) = before {
            let mut behind = event.behind.lock().unwrap_or_else(PoisonError::into_inner);
            let known = behind.iter().find(|(number, _)| *number == before.0.number);
            if let Some((_, blocks)) = known {
                return blocks.clone();
            }
            if behind.len() < MOST_BEFORE {
                let blocks = deflate(&event.text, &before.0.text);
                behind.push((before.0.number, blocks.clone()));
                return blocks;
            }
        }
        let alone = || deflate(&event.text, &[]);
        event.alone.get_or_init(alone).clone()
    }
}

impl GzipStream {
    /// What is sent for the next message.
    pub(crate) fn push(&mut self, event: &EventText) -> Bytes {
        let blocks = event.blocks(self.before.as_ref());
        self.checksum.combine(&event.0.checksum);
        self.length = self.length.wrapping_add(event.0.text.len() as u32);
        let may_be_referred_to = REFERRED_TO.contains(&event.0.text.len());
        self.before = may_be_referred_to.then(|| event.clone());
        match std::mem::replace(&mut self.has_begun, true) {
            true => blocks,
            false => [&HEAD, &blocks[..]].concat().into(),
        }
    }

    /// What ends the stream.
    pub(crate) fn end(&mut self) -> Bytes {
        let head: &[u8] = if self.has_begun { &[] } else { &HEAD };
        let checksum = std::mem::take(&mut self.checksum).finalize();
        let parts = [
            head,
            &LAST_BLOCK,
            &checksum.to_le_bytes(),
            &self.length.to_le_bytes(),
        ];
        parts.concat().into()
    }
}

/// Compresses `text` into blocks that end on a byte and may refer to `before`.
fn deflate(text: &[u8], before: &[u8]) -> Bytes {
    let mut compress = Compress::new(Compression::new(LEVEL), false);
    if !before.is_empty() {
        // Refused, the blocks refer to nothing, and are right all the same.
        let _ = compress.set_dictionary(before);
    }
    let mut out = Vec::with_capacity(text.len() / 4 + 256);
    loop {
        let taken = usize::try_from(compress.total_in()).unwrap_or(usize::MAX);
        let rest = text.get(taken..).unwrap_or_default();
        // Compressing from memory into memory has no way to fail; it ends once there is room left over.
        let _ = compress.compress_vec(rest, &mut out, FlushCompress::Sync);
        if out.len() < out.capacity() {
            return out.into();
        }
        out.reserve(out.capacity());
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use flate2::read::GzDecoder;
    use flate2::write;
    use proptest::prelude::*;

    use super::*;

    /// A message much like the others, of a length that depends on its number.
    fn event(number: usize) -> EventText {
        let rows = (0..number % 7 * 40).map(|row| format!("<td>{}</td>", row * number));
        EventText::new(format!(
            "id: {number}\ndata: {}\n\n",
            rows.collect::<String>()
        ))
    }

    proptest! {
        #[test]
        fn whatever_a_viewer_misses_their_stream_is_what_they_were_sent(
            viewers in prop::collection::vec(prop::collection::vec(0..40_usize, 0..30), 1..6),
        ) {
            let events: Vec<EventText> = (0..40).map(event).collect();
            for sent in viewers {
                let mut stream = GzipStream::default();
                let mut bytes = Vec::new();
                let mut plain = Vec::new();
                for number in sent {
                    bytes.extend(stream.push(&events[number]));
                    plain.extend(events[number].plain());
                }
                bytes.extend(stream.end());
                let mut read = Vec::new();
                GzDecoder::new(bytes.as_slice()).read_to_end(&mut read).unwrap();
                prop_assert_eq!(read, plain);
            }
        }
    }

    #[test]
    fn each_message_can_be_read_before_the_next_one_is_sent() {
        let (mut stream, mut reader) = (GzipStream::default(), write::GzDecoder::new(Vec::new()));
        let mut plain = Vec::new();
        for number in 0..20 {
            let event = event(number);
            reader.write_all(&stream.push(&event)).unwrap();
            reader.flush().unwrap();
            plain.extend(event.plain());
            assert_eq!(reader.get_ref(), &plain);
        }
    }

    #[test]
    fn a_message_that_looks_like_the_one_before_costs_little_more_than_what_differs() {
        let text = |count| format!("{}{count}", event(6).0.text.escape_ascii());
        let mut stream = GzipStream::default();
        stream.push(&EventText::new(text(1)));
        let second = EventText::new(text(2));
        assert!(stream.push(&second).len() < 60);
        assert!(second.blocks(None).len() > 200);
    }

    #[test]
    fn a_thousand_viewers_at_different_places_share_what_is_kept() {
        assert!(size_of::<GzipStream>() <= 64);
        let last = event(6);
        for number in 0..1_000 {
            let mut stream = GzipStream::default();
            stream.push(&event(number));
            stream.push(&last);
        }
        assert_eq!(last.0.behind.lock().unwrap().len(), MOST_BEFORE);
        let mut stream = GzipStream::default();
        stream.push(&EventText::new("x".repeat(REFERRED_TO.end() + 1)));
        assert!(
            stream.before.is_none(),
            "nothing large is kept for a viewer"
        );
    }
}
