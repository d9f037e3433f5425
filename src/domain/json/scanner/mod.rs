//! The scanner: reads JSON text once, from left to right, and notes the place of every value.
//!
//! It is a loop over five states with a stack of the open brackets. It does not recurse, decode or copy.

use super::error::{JsonError, common_mistake, found};
use super::unescape::utf16_unit;

/// One value or key, in the order of the text. In an object, a key is followed by its value. `next` is the index of the
/// node after this one and all its content.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) next: u32,
}

/// The result of a scan.
pub(crate) struct Scanned {
    /// The values and keys, in the order of the text.
    pub(crate) nodes: Vec<Node>,
    /// The nesting depth.
    pub(crate) depth: usize,
    /// Whether a string holds half a UTF-16 pair.
    pub(crate) lone_surrogates: bool,
}

/// What may come next.
#[derive(Clone, Copy)]
enum Expect {
    Value,
    /// A value, or the end of the array that was just opened.
    FirstElement,
    /// A key, or the end of the object that was just opened.
    FirstMember,
    /// A value or key, after a comma.
    Element,
    Member,
    /// A comma, the closing bracket, or the end of the text.
    AfterValue,
}

/// The state of a scan.
pub(crate) struct Scanner<'t> {
    pub(crate) text: &'t str,
    pub(crate) bytes: &'t [u8],
    pub(crate) at: usize,
    pub(crate) last_comma: usize,
    pub(crate) nodes: Vec<Node>,
    /// The nodes of the open brackets.
    pub(crate) open: Vec<u32>,
    depth: usize,
    lone_surrogates: bool,
}

/// Scans the whole of `text`.
pub(crate) fn scan(text: &str) -> Result<Scanned, JsonError> {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        at: 0,
        last_comma: 0,
        nodes: Vec::new(),
        open: Vec::new(),
        depth: 0,
        lone_surrogates: false,
    };
    if u32::try_from(text.len()).is_err() {
        return Err(scanner.fault(0, "the document is larger than 4 GiB"));
    }
    scanner.run()?;
    Ok(Scanned {
        nodes: scanner.nodes,
        depth: scanner.depth,
        lone_surrogates: scanner.lone_surrogates,
    })
}

impl Scanner<'_> {
    fn run(&mut self) -> Result<(), JsonError> {
        let mut expect = Expect::Value;
        loop {
            self.skip_space();
            expect = match (expect, self.peek()) {
                (Expect::FirstElement, Some(b']')) | (Expect::FirstMember, Some(b'}')) => {
                    self.close()
                }
                (Expect::Element, Some(close @ b']')) | (Expect::Member, Some(close @ b'}')) => {
                    return Err(self.trailing_comma(close));
                }
                (Expect::Value | Expect::FirstElement | Expect::Element, _) => self.value()?,
                (Expect::FirstMember | Expect::Member, _) => self.key()?,
                (Expect::AfterValue, next) => match (self.open.last().copied(), next) {
                    (None, None) => return Ok(()),
                    (None, Some(_)) => return Err(self.unexpected("the end of the document")),
                    (Some(open), next) => self.after_value(open, next)?,
                },
            };
        }
    }

    fn after_value(&mut self, open: u32, next: Option<u8>) -> Result<Expect, JsonError> {
        let opened_at = self.nodes[open as usize].start as usize;
        let object = self.bytes[opened_at] == b'{';
        match next {
            Some(b',') => {
                self.last_comma = self.at;
                self.at += 1;
                Ok(if object {
                    Expect::Member
                } else {
                    Expect::Element
                })
            }
            Some(b'}') if object => Ok(self.close()),
            Some(b']') if !object => Ok(self.close()),
            _ => {
                let bracket = if object { '}' } else { ']' };
                Err(self.unexpected(&format!("a comma or {bracket} after the value")))
            }
        }
    }

    fn value(&mut self) -> Result<Expect, JsonError> {
        let start = self.at;
        match self.peek() {
            Some(b'{') => return Ok(self.open(Expect::FirstMember)),
            Some(b'[') => return Ok(self.open(Expect::FirstElement)),
            Some(b'"') => self.string()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        }
        self.leaf(start);
        Ok(Expect::AfterValue)
    }

    fn key(&mut self) -> Result<Expect, JsonError> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.unquoted_key());
        }
        self.string()?;
        self.leaf(start);
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("a colon after the member name"));
        }
        self.at += 1;
        Ok(Expect::Value)
    }

    fn open(&mut self, then: Expect) -> Expect {
        self.open.push(self.nodes.len() as u32);
        self.depth = self.depth.max(self.open.len());
        self.leaf(self.at);
        self.at += 1;
        then
    }

    fn close(&mut self) -> Expect {
        self.at += 1;
        let next = self.nodes.len() as u32;
        if let Some(open) = self.open.pop() {
            let node = &mut self.nodes[open as usize];
            node.end = self.at as u32;
            node.next = next;
        }
        Expect::AfterValue
    }

    /// Adds the node from `start` to the current place; a bracket's end is set when it closes.
    fn leaf(&mut self, start: usize) {
        self.nodes.push(Node {
            start: start as u32,
            end: self.at as u32,
            next: self.nodes.len() as u32 + 1,
        });
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn word(&mut self) -> Result<(), JsonError> {
        let rest = &self.bytes[self.at..];
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .take(6)
            .count();
        match &rest[..length] {
            b"true" | b"false" | b"null" => {
                self.at += length;
                Ok(())
            }
            _ => Err(self.unexpected("a value")),
        }
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
            if let Some(b'0'..=b'9') = self.peek() {
                return Err(self.fault(start, "a number may not start with a zero and a digit"));
            }
        } else {
            self.digits(start, "in the number")?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits(start, "after the decimal point")?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits(start, "in the exponent")?;
        }
        Ok(())
    }

    fn digits(&mut self, start: usize, place: &str) -> Result<(), JsonError> {
        let from = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at > from {
            return Ok(());
        }
        let message = common_mistake(&self.text[start..]).unwrap_or_else(|| {
            let found = found(&self.text[from..]);
            format!("expected a digit {place}, found {found}")
        });
        Err(self.fault(from, message))
    }

    fn string(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape(start)?,
                Some(control @ ..=0x1F) => return Err(self.control_character(start, control)),
                Some(_) => self.at += 1,
                None => return Err(self.unclosed_string(start)),
            }
        }
    }

    fn escape(&mut self, start: usize) -> Result<(), JsonError> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => self.unicode_escape()?,
            None => return Err(self.unclosed_string(start)),
            Some(_) => {
                let found = found(&self.text[self.at + 1..]);
                let known = "\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX";
                let message = format!(
                    "a backslash in a string starts one of {known} (a backslash itself is \\\\), found {found}"
                );
                return Err(self.fault(self.at, message));
            }
        }
        Ok(())
    }

    fn unicode_escape(&mut self) -> Result<(), JsonError> {
        let Some(unit) = utf16_unit(&self.text[self.at..]) else {
            return Err(self.fault(self.at, "expected four hexadecimal digits after \\u"));
        };
        self.at += 6;
        let low_half = |unit| (0xDC00..0xE000).contains(&unit);
        match unit {
            0xD800..0xDC00 if utf16_unit(&self.text[self.at..]).is_some_and(low_half) => {
                self.at += 6;
            }
            0xD800..0xE000 => self.lone_surrogates = true,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
