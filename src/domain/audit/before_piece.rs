//! What the audit log keeps of the writing of the data before, where the patch alone does not give it back: one piece of the
//! text, from the first byte that differs to the last one.
//!
//! The entry's field `before_piece` holds `12 5 ` and the piece: it stands in the data before from byte 12 on, where the data
//! after has 5 bytes. The order of keys, escapes and white space come back with it.

use std::fmt;
use std::ops::Range;

/// The piece of the data before that an edit replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BeforePiece<'t> {
    /// Where it stands, in bytes.
    at: usize,
    /// How many bytes of the data after stand there.
    replaced: usize,
    text: &'t str,
}

impl fmt::Display for BeforePiece<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.at, self.replaced, self.text)
    }
}

impl<'t> BeforePiece<'t> {
    /// The piece in which `before` differs from `after`.
    pub(crate) fn between(before: &'t str, after: &str) -> Self {
        let pairs = before.bytes().zip(after.bytes());
        let mut at = pairs.take_while(|(old, new)| old == new).count();
        while !before.is_char_boundary(at) || !after.is_char_boundary(at) {
            at -= 1;
        }
        let ends = before[at..].bytes().rev().zip(after[at..].bytes().rev());
        let mut alike = ends.take_while(|(old, new)| old == new).count();
        while !before.is_char_boundary(before.len() - alike)
            || !after.is_char_boundary(after.len() - alike)
        {
            alike -= 1;
        }
        Self {
            at,
            replaced: after.len() - alike - at,
            text: &before[at..before.len() - alike],
        }
    }

    /// Parses an entry's `before_piece` field; `None` if there is none.
    pub(crate) fn parse(field: &'t str) -> Option<Self> {
        let mut parts = field.splitn(3, ' ');
        let mut number = || parts.next()?.parse().ok();
        Some(Self {
            at: number()?,
            replaced: number()?,
            text: parts.next()?,
        })
    }

    /// Where it stands in the data before.
    pub(crate) fn place(&self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }

    /// The size of the piece, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// The data before, from the data after; `None` where the piece does not fit.
    pub(crate) fn put_back(&self, after: &[u8]) -> Option<Vec<u8>> {
        let end = self.at.checked_add(self.replaced)?;
        let (begin, rest) = (after.get(..self.at)?, after.get(end..)?);
        Some([begin, self.text.as_bytes(), rest].concat())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_piece_is_what_differs() {
        for (before, after, field) in [
            ("{\"a\":1,\"b\":2}", "{\"b\":2}", "2 0 a\":1,\""),
            ("[1]", "[1]", "3 0 "),
            ("", "[]", "0 2 "),
            ("[\"é\"]", "[\"è\"]", "2 2 é"),
            ("[\"a b\"]", "[\"c\"]", "2 1 a b"),
        ] {
            let piece = BeforePiece::between(before, after);
            assert_eq!(piece.to_string(), field);
            assert_eq!(BeforePiece::parse(field), Some(piece));
        }
        for other in ["", "1", "1 2", "x 2 y", "-1 2 y"] {
            assert_eq!(BeforePiece::parse(other), None, "{other}");
        }
        let past = format!("{} 9 x", usize::MAX);
        let past = BeforePiece::parse(&past).unwrap();
        assert_eq!(past.put_back(b"[1]"), None);
    }

    proptest! {
        #[test]
        fn a_piece_put_back_gives_every_byte(before in "[ab é€]{0,12}", after in "[ab é€]{0,12}") {
            let field = BeforePiece::between(&before, &after).to_string();
            let piece = BeforePiece::parse(&field).unwrap();
            prop_assert_eq!(piece.put_back(after.as_bytes()).unwrap(), before.into_bytes());
        }
    }
}
