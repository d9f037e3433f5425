//! What the audit log keeps of a change that is too large for a patch: the digests before and after, as for every edit, the
//! first changes, and the whole text before, compressed.
//!
//! The entry's field `large` says how the text is kept, and both sizes: `zlib 4100000 5900000`. The text itself is in the
//! field `before_zlib` of the hash beside the entry (`audit-change:{event}`). It is zlib (RFC 1950) of exactly the stored
//! bytes, so that an undo can restore them and check them against the digest. `zlib-redacted` means that values were hidden
//! before the text was compressed: it can be read but not restored. `none` means that there is no text, because it was no
//! JSON and could not be redacted.

use std::fmt;
use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

/// How many bytes are decompressed at once.
const PIECE: usize = 64 * 1024;

/// The most bytes that a text may decompress to: the longest string that Redis holds.
const LONGEST: u64 = 512 * 1024 * 1024;

/// How the text before is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextKept {
    /// Exactly as it was stored.
    Whole,
    /// With some values hidden.
    Redacted,
    /// Not at all.
    Nothing,
}

/// A change that is too large for a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LargeChange {
    /// How the text before is kept.
    pub kept: TextKept,
    /// The size of the data before, in bytes.
    pub before: u64,
    /// The size of the data after, in bytes.
    pub after: u64,
}

impl fmt::Display for LargeChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = match self.kept {
            TextKept::Whole => "zlib",
            TextKept::Redacted => "zlib-redacted",
            TextKept::Nothing => "none",
        };
        write!(f, "{kept} {} {}", self.before, self.after)
    }
}

impl LargeChange {
    /// Parses an entry's `large` field; `None` if the change is not large.
    pub(crate) fn parse(field: &str) -> Option<Self> {
        let mut words = field.split(' ');
        let kept = match words.next()? {
            "zlib" => TextKept::Whole,
            "zlib-redacted" => TextKept::Redacted,
            "none" => TextKept::Nothing,
            _ => return None,
        };
        let mut size = || words.next()?.parse().ok();
        Some(Self {
            kept,
            before: size()?,
            after: size()?,
        })
    }
}

/// A text, compressed with zlib.
#[derive(Clone, PartialEq, Eq)]
pub struct CompressedText(Vec<u8>);

impl fmt::Debug for CompressedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CompressedText({} bytes)", self.0.len())
    }
}

impl CompressedText {
    /// Compresses what `write` writes.
    ///
    /// # Errors
    ///
    /// The errors of `write`.
    pub fn of(write: impl FnOnce(&mut ZlibEncoder<Vec<u8>>) -> io::Result<()>) -> io::Result<Self> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        write(&mut encoder)?;
        encoder.flush()?;
        Ok(Self(encoder.finish()?))
    }

    /// A text that is compressed already, as read from Redis.
    pub fn from_stored(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The compressed bytes.
    pub fn as_stored(&self) -> &[u8] {
        &self.0
    }

    /// The decompressed text as a whole; `None` if it is no zlib, or larger than `most` bytes.
    pub(crate) fn whole(self, most: u64) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        for piece in self.into_pieces() {
            text.extend(piece.ok()?);
            if text.len() as u64 > most {
                return None;
            }
        }
        Some(text)
    }

    /// The decompressed text in pieces, so that it is never in memory as a whole. Fails on invalid zlib and past
    /// [`LONGEST`].
    pub fn into_pieces(self) -> impl Iterator<Item = io::Result<Vec<u8>>> {
        let mut decoder = ZlibDecoder::new(io::Cursor::new(self.0)).take(LONGEST);
        let mut ended = false;
        std::iter::from_fn(move || {
            if ended {
                return None;
            }
            let mut piece = Vec::with_capacity(PIECE);
            let read = decoder.by_ref().take(PIECE as u64).read_to_end(&mut piece);
            ended = piece.len() < PIECE;
            match read {
                Ok(0) => None,
                Ok(_) => Some(Ok(piece)),
                Err(error) => {
                    ended = true;
                    Some(Err(error))
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_text_comes_back_in_small_pieces() {
        let text = "0123456789".repeat(20_000);
        let kept = CompressedText::of(|out| out.write_all(text.as_bytes())).unwrap();
        assert!(kept.as_stored().len() < 2_000);
        let pieces: Vec<Vec<u8>> = kept.into_pieces().map(Result::unwrap).collect();
        assert!(pieces.len() > 3 && pieces.iter().all(|piece| piece.len() <= PIECE));
        assert_eq!(String::from_utf8(pieces.concat()).unwrap(), text);
    }

    #[test]
    fn what_is_no_zlib_is_an_error_and_ends() {
        let pieces: Vec<_> = CompressedText::from_stored(b"no zlib at all".to_vec())
            .into_pieces()
            .collect();
        assert!(pieces.len() == 1 && pieces[0].is_err());
    }

    #[test]
    fn the_field_of_an_entry_comes_back_as_it_was() {
        for kept in [TextKept::Whole, TextKept::Redacted, TextKept::Nothing] {
            let large = LargeChange {
                kept,
                before: 4_100_000,
                after: 7,
            };
            assert_eq!(LargeChange::parse(&large.to_string()), Some(large));
        }
        assert_eq!(LargeChange::parse(""), None);
        assert_eq!(LargeChange::parse("zlib 1"), None);
    }
}
