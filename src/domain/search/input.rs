//! The text of a query while it is read: a place in it, and what follows.

use std::ops::Range;

use super::error::QueryError;
use crate::domain::json::unescape_unit;

/// Words that mean something, and can't be a text without quotes.
pub(super) const RESERVED: [&str; 8] = [
    "and", "or", "not", "in", "is", "exists", "missing", "between",
];

/// A text that is read from left to right.
#[derive(Debug, Clone)]
pub(super) struct Input<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
}

impl<'t> Input<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    pub(super) fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes `text` if it is next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Takes everything up to the first character that ends it.
    pub(super) fn take_until(&mut self, ends: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let taken = &rest[..rest.find(ends).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    /// Takes blanks and then `word`, in whatever case, if both are next.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let mut ahead = self.clone();
        ahead.skip_blanks();
        let found = ahead.take_until(ends_value).eq_ignore_ascii_case(word);
        if found {
            self.at = ahead.at;
        }
        found
    }

    /// The word that comes next, without taking it.
    pub(super) fn next_word(&self) -> &'t str {
        let mut ahead = self.clone();
        ahead.skip_blanks();
        ahead.take_until(ends_value)
    }

    /// An error from a place up to here.
    pub(super) fn error(&self, from: usize, message: impl Into<String>) -> QueryError {
        QueryError::new(from..self.at, message)
    }

    /// An error at the next character, or at the end.
    pub(super) fn error_here(&self, message: impl Into<String>) -> QueryError {
        let length = self.peek().map_or(0, char::len_utf8);
        QueryError::new(self.at..self.at + length, message)
    }

    /// A text in quotes, if a quote is next.
    pub(super) fn take_quoted(&mut self) -> Result<Option<String>, QueryError> {
        let from = self.at;
        let quote = match self.peek() {
            Some(quote @ ('"' | '\'')) => quote,
            Some('“' | '”' | '„' | '‘' | '’' | '`' | '«') => {
                return Err(self.error_here("Write straight quotes: \"text\"."));
            }
            _ => return Ok(None),
        };
        self.at += 1;
        let mut text = String::new();
        loop {
            text += self.take_until(|letter| letter == quote || letter == '\\');
            match self.peek() {
                None => {
                    let message = format!("Unclosed quote: write {quote} after the text.");
                    return Err(QueryError::new(from..from + 1, message));
                }
                Some('\\') => text.push(self.escape()?),
                Some(_) => {
                    self.at += 1;
                    return Ok(Some(text));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, QueryError> {
        let from = self.at;
        let (letter, length) = match self.rest().as_bytes().get(1) {
            Some(b'n') => ('\n', 2),
            Some(b't') => ('\t', 2),
            Some(b'r') => ('\r', 2),
            Some(&same @ (b'"' | b'\'' | b'\\')) => (char::from(same), 2),
            Some(b'u') => match unescape_unit(self.rest())
                .map(u32::from)
                .map(char::from_u32)
            {
                Some(Some(letter)) => (letter, 6),
                _ => {
                    let at = from..from + 2;
                    let message = "`\\u` takes the four hexadecimal digits of a character up to \\uffff. Others are written themselves.";
                    return Err(QueryError::new(at, message));
                }
            },
            _ => {
                let at: Range<usize> = from..from + 1;
                let message = "A backslash in quotes starts \\\" \\' \\\\ \\n \\t \\r or \\u0000. Write \\\\ for a backslash.";
                return Err(QueryError::new(at, message));
            }
        };
        self.at += length;
        Ok(letter)
    }
}

/// Whether a character ends a value that has no quotes.
pub(super) fn ends_value(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '(' | ')' | ',' | '"')
}

/// Whether a word means something, in whatever case.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.iter().any(|one| word.eq_ignore_ascii_case(one))
}
