//! Faults in a text, with their place, in words for the person who corrects it.

use std::fmt;

/// A place in a text. Line and column count from 1; columns count Unicode scalar values, and `\n` ends a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

impl Position {
    /// The place of the byte `offset`, which must be a character boundary.
    pub(crate) fn of(text: &str, offset: usize) -> Position {
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Position {
            line: before.bytes().filter(|&byte| byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// One fault in a text, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in Unicode scalar values.
    pub column: usize,
    /// What was found and what was expected.
    pub message: String,
}

impl JsonError {
    /// A fault at the byte `offset` of `text`, which must be a character boundary.
    pub fn in_text(text: &str, offset: usize, message: impl Into<String>) -> JsonError {
        JsonError::at(Position::of(text, offset), message)
    }

    pub(crate) fn at(position: Position, message: impl Into<String>) -> JsonError {
        JsonError {
            line: position.line,
            column: position.column,
            message: message.into(),
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {}",
            self.line, self.column, self.message
        )
    }
}

impl std::error::Error for JsonError {}

/// How many characters of a token a message repeats.
const SHOWN: usize = 30;

/// Describes the start of `rest` so that a reader can find it, even if it is invisible.
pub(crate) fn found(rest: &str) -> String {
    let Some(first) = rest.chars().next() else {
        return "the end of the document".to_owned();
    };
    match first {
        '"' => quoted_string(rest),
        _ if is_word(first) => {
            let word: String = rest.chars().take_while(|&c| is_word(c)).collect();
            format!("\"{}\"", clip(&word))
        }
        _ => character(first),
    }
}

fn quoted_string(rest: &str) -> String {
    let end = rest[1..].find(['"', '\n']).map_or(rest.len(), |at| at + 1);
    format!("\"{}\"", clip(&rest[1..end]))
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Names a character; an invisible one by its number.
fn character(c: char) -> String {
    let name = match c {
        '\u{a0}' => " (a no-break space)",
        '\u{feff}' => " (a byte order mark)",
        '\u{200b}'..='\u{200f}' => " (an invisible character)",
        '\u{2028}' | '\u{2029}' => " (a line separator)",
        _ if c.is_control() || c.is_whitespace() => "",
        _ => return format!("\"{c}\""),
    };
    format!("U+{:04X}{name}", u32::from(c))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '-' | '+' | '.')
}

/// The message for a common mistake, if `rest` starts with one.
pub(crate) fn common_mistake(rest: &str) -> Option<String> {
    let first = rest.chars().next()?;
    let word: String = rest.chars().take_while(|&c| is_word(c)).take(20).collect();
    let said = match first {
        '\'' => "strings and member names need double quotes (\"), found a single quote".to_owned(),
        '“' | '”' | '„' | '‘' | '’' | '`' => {
            format!("strings need straight double quotes (\"), found {first}")
        }
        '/' | '#' => "JSON has no comments: take this out".to_owned(),
        _ => match word.as_str() {
            "NaN" | "Infinity" | "-Infinity" | "+Infinity" => {
                format!("{word} is not a JSON number; expected a number or null")
            }
            "undefined" | "None" | "nil" => format!("{word} is not JSON; expected null"),
            "True" | "TRUE" | "False" | "FALSE" | "Null" | "NULL" => {
                format!("JSON writes this in lower case: {}", word.to_lowercase())
            }
            _ => return None,
        },
    };
    Some(said)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn positions_count_characters_and_lines_from_one() {
        for (text, offset, line, column) in [
            ("", 0, 1, 1),
            ("a", 1, 1, 2),
            ("ü😀x", 6, 1, 3),
            ("a\nü\nx", 5, 3, 1),
            ("a\r\nb", 3, 2, 1),
        ] {
            assert_eq!(Position::of(text, offset), Position { line, column });
        }
    }

    #[test]
    fn what_was_found_is_named_so_that_it_can_be_found() {
        for (rest, said) in [
            ("", "the end of the document"),
            ("\"b\":1", "\"b\""),
            ("\"open", "\"open\""),
            ("word, x", "\"word\""),
            ("}", "\"}\""),
            ("\u{a0}1", "U+00A0 (a no-break space)"),
            ("\u{feff}", "U+FEFF (a byte order mark)"),
            ("\u{1}", "U+0001"),
            ("😀", "\"😀\""),
        ] {
            assert_eq!(found(rest), said);
        }
        assert_eq!(found(&"x".repeat(99)).chars().count(), SHOWN + 3);
    }
}
