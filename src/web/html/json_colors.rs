//! Syntax colours for JSON, drawn by the server: pieces of the text, each with the class of its colour.

/// A longer text is shown without colours, in bytes: each piece makes the page larger.
const LONGEST: usize = 32 * 1024;

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The class of its colour; empty for none.
    pub(crate) class: &'static str,
    pub(crate) text: String,
}

/// The pieces of `text`, which must be JSON; the whole text in one piece if it is long.
pub(crate) fn pieces(text: String) -> Vec<Piece> {
    if text.len() > LONGEST {
        return vec![Piece { class: "", text }];
    }
    let mut pieces: Vec<Piece> = Vec::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let (class, length) = match first {
            '"' => {
                let length = end_of_string(rest);
                let is_key = rest[length..].trim_start().starts_with(':');
                (if is_key { "j-key" } else { "j-text" }, length)
            }
            '-' | '0'..='9' => ("j-number", end_of_word(rest)),
            'a'..='z' => ("j-word", end_of_word(rest)),
            _ => ("", first.len_utf8()),
        };
        let (piece, more) = rest.split_at(length);
        rest = more;
        match pieces.last_mut() {
            Some(last) if last.class.is_empty() && class.is_empty() => last.text.push_str(piece),
            _ => pieces.push(Piece {
                class,
                text: piece.to_owned(),
            }),
        }
    }
    pieces
}

/// Where the string at the start of `text` ends, in bytes.
fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Where the number or word at the start of `text` ends, in bytes.
fn end_of_word(text: &str) -> usize {
    let ends = |byte: u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'+' | b'.');
    text.bytes().position(ends).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_has_its_colour_and_no_character_is_lost() {
        let text = r#"{"k\\": "a\": <b>é", "n": [-1.5e+3, true, null]}"#;
        let found = pieces(text.to_owned());
        let colored: Vec<(&str, &str)> = found
            .iter()
            .filter(|piece| !piece.class.is_empty())
            .map(|piece| (piece.class, piece.text.as_str()))
            .collect();
        assert_eq!(
            colored,
            [
                ("j-key", r#""k\\""#),
                ("j-text", r#""a\": <b>é""#),
                ("j-key", r#""n""#),
                ("j-number", "-1.5e+3"),
                ("j-word", "true"),
                ("j-word", "null"),
            ]
        );
        let whole: String = found.into_iter().map(|piece| piece.text).collect();
        assert_eq!(whole, text);
    }

    #[test]
    fn a_long_text_is_one_piece() {
        let long = format!("[{}1]", "1,".repeat(LONGEST));
        assert_eq!(pieces(long).len(), 1);
    }
}
