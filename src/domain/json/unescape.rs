//! Decodes the escapes of strings, and keeps half surrogate pairs apart.
//!
//! The input is the text between the quotes of a string that the scanner accepted. On other text an unknown escape is kept
//! as it is; there is no panic.

use std::borrow::Cow;

/// Text between two escapes, or the meaning of one escape.
enum Piece<'t> {
    Plain(&'t str),
    Char(char),
    /// Half a UTF-16 pair, which is not a character.
    Lone(u16),
}

/// The string as a Rust string: every lone surrogate becomes U+FFFD.
pub(crate) fn decode(body: &str) -> Cow<'_, str> {
    if !body.contains('\\') {
        return Cow::Borrowed(body);
    }
    let mut text = String::with_capacity(body.len());
    for piece in pieces(body) {
        match piece {
            Piece::Plain(plain) => text.push_str(plain),
            Piece::Char(c) => text.push(c),
            Piece::Lone(_) => text.push(char::REPLACEMENT_CHARACTER),
        }
    }
    Cow::Owned(text)
}

/// The string as bytes in which lone surrogates differ from each other and from every character (UTF-8 extended to
/// surrogates). Two keys are the same exactly if these bytes are.
pub(crate) fn decode_exactly(body: &str) -> Cow<'_, [u8]> {
    if !body.contains('\\') {
        return Cow::Borrowed(body.as_bytes());
    }
    let mut bytes = Vec::with_capacity(body.len());
    for piece in pieces(body) {
        match piece {
            Piece::Plain(plain) => bytes.extend_from_slice(plain.as_bytes()),
            Piece::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Piece::Lone(unit) => {
                let [high, low] = unit.to_be_bytes();
                bytes.extend([
                    0xED,
                    0x80 | (high & 0x0F) << 2 | low >> 6,
                    0x80 | low & 0x3F,
                ]);
            }
        }
    }
    Cow::Owned(bytes)
}

fn pieces(mut rest: &str) -> impl Iterator<Item = Piece<'_>> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, used) = match rest.find('\\') {
            Some(0) => escape(rest),
            Some(at) => (Piece::Plain(&rest[..at]), at),
            None => (Piece::Plain(rest), rest.len()),
        };
        rest = &rest[used..];
        Some(piece)
    })
}

/// The meaning of the escape at the start of `rest`, and its length in bytes.
fn escape(rest: &str) -> (Piece<'_>, usize) {
    let plain = |c| (Piece::Char(c), 2);
    match rest.as_bytes().get(1) {
        Some(b'n') => plain('\n'),
        Some(b't') => plain('\t'),
        Some(b'r') => plain('\r'),
        Some(b'b') => plain('\u{8}'),
        Some(b'f') => plain('\u{c}'),
        Some(&c @ (b'"' | b'\\' | b'/')) => plain(char::from(c)),
        Some(b'u') => unicode_escape(rest),
        _ => (Piece::Plain(&rest[..1]), 1),
    }
}

fn unicode_escape(rest: &str) -> (Piece<'_>, usize) {
    let Some(unit) = utf16_unit(rest) else {
        return (Piece::Plain(&rest[..1]), 1);
    };
    let pair = [unit, utf16_unit(&rest[6..]).unwrap_or(0)];
    match char::decode_utf16(pair).next() {
        Some(Ok(c)) => (Piece::Char(c), if c > '\u{ffff}' { 12 } else { 6 }),
        _ => (Piece::Lone(unit), 6),
    }
}

/// The UTF-16 unit of the `\uXXXX` at the start of `rest`.
pub(crate) fn utf16_unit(rest: &str) -> Option<u16> {
    let digits = rest.strip_prefix("\\u")?.get(..4)?;
    let all_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    all_hex.then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn escapes_become_what_they_stand_for() {
        for (body, text) in [
            ("plain ü", "plain ü"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"\u0041\u00fc", "Aü"),
            (r"\ud83d\uDE00!", "😀!"),
            (r"a\ud800z", "a\u{fffd}z"),
            (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
            (r"\ud800\u0041", "\u{fffd}A"),
            (r"\ud800\n", "\u{fffd}\n"),
            (r"\u0000", "\0"),
        ] {
            assert_eq!(decode(body), text, "{body}");
        }
    }

    #[test]
    fn exact_bytes_tell_lone_surrogates_apart() {
        assert_eq!(decode_exactly(r"\u0061"), decode_exactly("a"));
        assert_eq!(decode_exactly(r"\ud83d\ude00"), decode_exactly("😀"));
        assert_ne!(decode_exactly(r"\ud800"), decode_exactly(r"\ud801"));
        assert_ne!(decode_exactly(r"\ud800"), decode_exactly(r"\ufffd"));
        assert_eq!(*decode_exactly(r"\ud800"), [0xED, 0xA0, 0x80]);
        assert_eq!(*decode_exactly(r"\udfff"), [0xED, 0xBF, 0xBF]);
    }

    #[test]
    fn text_the_scanner_would_refuse_does_not_panic() {
        for body in [r"\", r"\u", r"\u12", r"\uzzzz", r"\x", r"\u+123", r"\uü12"] {
            decode(body);
            decode_exactly(body);
        }
    }
}
