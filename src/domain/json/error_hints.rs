//! The messages of the scanner: each says how to correct a mistake.

use super::error::{common_mistake, found};
use super::scanner::Scanner;
use super::{JsonError, Position};

impl Scanner<'_> {
    pub(crate) fn fault(&self, at: usize, message: impl Into<String>) -> JsonError {
        JsonError::at(Position::of(self.text, at), message)
    }

    pub(crate) fn unexpected(&self, expected: &str) -> JsonError {
        let rest = &self.text[self.at..];
        if self.nodes.is_empty() && rest.is_empty() {
            return self.fault(self.at, "the document is empty; expected a value");
        }
        let message = common_mistake(rest).unwrap_or_else(|| {
            let found = found(rest);
            let open = self.still_open(rest);
            format!("expected {expected}, found {found}{open}")
        });
        self.fault(self.at, message)
    }

    /// Names the bracket that is still open when the text ends or closes another.
    fn still_open(&self, rest: &str) -> String {
        match self.open.last() {
            Some(&open) if rest.is_empty() || rest.starts_with([']', '}']) => {
                let at = self.nodes[open as usize].start as usize;
                let bracket = char::from(self.bytes[at]);
                let place = Position::of(self.text, at);
                format!("; the {bracket} at {place} is still open")
            }
            _ => String::new(),
        }
    }

    pub(crate) fn unquoted_key(&self) -> JsonError {
        let rest = &self.text[self.at..];
        let name = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '$'));
        let name: String = name.take(30).collect();
        if name.is_empty() {
            return self.unexpected("a member name in double quotes");
        }
        let message = format!("a member name needs double quotes: write \"{name}\"");
        self.fault(self.at, message)
    }

    pub(crate) fn trailing_comma(&self, close: u8) -> JsonError {
        let close = char::from(close);
        let message =
            format!("there is nothing between this comma and {close}: take the comma out");
        self.fault(self.last_comma, message)
    }

    pub(crate) fn unclosed_string(&self, start: usize) -> JsonError {
        let message = "this string is not closed: expected \" before the end of the document";
        self.fault(start, message)
    }

    pub(crate) fn control_character(&self, start: usize, control: u8) -> JsonError {
        match control {
            b'\n' | b'\r' => self.fault(
                start,
                "this string is not closed on its line: expected \" (a line break inside a string is written \\n)",
            ),
            b'\t' => self.fault(self.at, "a tab inside a string is written \\t"),
            _ => {
                let message = format!(
                    "the control character U+{control:04X} inside a string is written \\u{control:04x}"
                );
                self.fault(self.at, message)
            }
        }
    }
}
