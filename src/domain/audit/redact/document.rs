//! Redacts a parsed document without building a `Value` of all of it.

use std::collections::HashSet;
use std::io;
use std::ops::Range;

use super::Redactor;
use crate::domain::json::{Document, NodeKind};
use hmac::Mac;
use serde_json::Value;

impl Redactor {
    /// What replaces the hidden value at a node; the same text as [`Redactor::apply`] puts there.
    pub(crate) fn hash_at(&self, document: &Document<'_>, at: usize) -> Value {
        let mut hasher = self.hasher.clone();
        write_canonical(document, at, &mut |text| hasher.update(text.as_bytes()));
        Self::shown(hasher)
    }

    /// Collects the values below a node that are hidden by their name; all of them if the node itself `is_hidden`.
    pub(crate) fn collect_at(
        &self,
        document: &Document<'_>,
        at: usize,
        is_hidden: bool,
        found: &mut HashSet<String>,
    ) {
        match document.kind(at) {
            NodeKind::Object => {
                for (key, value) in document.members(at) {
                    let is_hidden = is_hidden || self.hides(&document.decoded(key));
                    self.collect_at(document, value, is_hidden, found);
                }
            }
            NodeKind::Array => {
                for element in document.elements(at) {
                    self.collect_at(document, element, is_hidden, found);
                }
            }
            NodeKind::Scalar => self.collect(&document.value_at(at), is_hidden, 0, found),
        }
    }

    /// Whether nothing is hidden in this place of the text: neither in the smallest value around it, nor by a name above that.
    pub(crate) fn hides_nothing_in(&self, document: &Document<'_>, place: Range<usize>) -> bool {
        if self.is_empty() {
            return true;
        }
        let holds = |at: usize| {
            let range = document.range(at);
            range.start <= place.start && place.end <= range.end
        };
        let mut around = 0;
        loop {
            let inner = match document.kind(around) {
                NodeKind::Scalar => None,
                NodeKind::Array => document.elements(around).find(|at| holds(*at)),
                NodeKind::Object => {
                    let mut members = document.members(around);
                    let member = members.find(|(_, value)| holds(*value));
                    if member.is_some_and(|(key, _)| self.hides(&document.decoded(key))) {
                        return false;
                    }
                    member.map(|(_, value)| value)
                }
            };
            match inner {
                Some(inner) => around = inner,
                None => break,
            }
        }
        let value = document.value_at(around);
        self.apply(&value) == value
    }

    /// Writes the document as compact JSON with the hidden values replaced.
    ///
    /// # Errors
    ///
    /// The errors of `out`.
    pub fn write(&self, document: &Document<'_>, out: &mut impl io::Write) -> io::Result<()> {
        self.write_at(document, 0, out)
    }

    fn write_at(
        &self,
        document: &Document<'_>,
        at: usize,
        out: &mut impl io::Write,
    ) -> io::Result<()> {
        match document.kind(at) {
            NodeKind::Object => {
                for (index, (key, value)) in document.members(at).enumerate() {
                    out.write_all(if index == 0 { b"{" } else { b"," })?;
                    let name = document.decoded(key);
                    match self.shown_name(&name) {
                        shown if shown == name => out.write_all(document.token(key).as_bytes())?,
                        shown => write!(out, "{}", Value::String(shown))?,
                    }
                    out.write_all(b":")?;
                    match self.hides(&name) {
                        true => write!(out, "{}", self.hash_at(document, value))?,
                        false => self.write_at(document, value, out)?,
                    }
                }
                out.write_all(if document.next(at) == at + 1 {
                    b"{}"
                } else {
                    b"}"
                })
            }
            NodeKind::Array => {
                for (index, element) in document.elements(at).enumerate() {
                    out.write_all(if index == 0 { b"[" } else { b"," })?;
                    self.write_at(document, element, out)?;
                }
                out.write_all(if document.next(at) == at + 1 {
                    b"[]"
                } else {
                    b"]"
                })
            }
            NodeKind::Scalar => {
                let stored = document.value_at(at);
                let shown = self.apply(&stored);
                match shown == stored {
                    true => out.write_all(document.token(at).as_bytes()),
                    false => write!(out, "{shown}"),
                }
            }
        }
    }
}

/// Writes the same bytes as `write_canonical` does for a `Value`.
fn write_canonical(document: &Document<'_>, at: usize, write: &mut impl FnMut(&str)) {
    match document.kind(at) {
        NodeKind::Object => {
            write("{");
            for (index, key) in document.names(at).sorted().enumerate() {
                write(if index == 0 { "" } else { "," });
                write(&Value::String(document.decoded(key).into_owned()).to_string());
                write(":");
                write_canonical(document, key + 1, write);
            }
            write("}");
        }
        NodeKind::Array => {
            write("[");
            for (index, element) in document.elements(at).enumerate() {
                write(if index == 0 { "" } else { "," });
                write_canonical(document, element, write);
            }
            write("]");
        }
        NodeKind::Scalar => write(&document.value_at(at).to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const DATA: &str = r#"{"z":[],"Password":{"b":"\u0061","a":[1.0,{}]},"users":[{"password":"xyzzy"},1e400],"e":{},"xyzzy":"{\"password\":1}"}"#;

    #[test]
    fn a_document_is_hidden_as_its_value_would_be() {
        let redactor = Redactor::new(&["password".to_owned()], b"key");
        let document = Document::parse(DATA).unwrap();
        let redactor = redactor.knowing([&document]);
        let mut written = Vec::new();
        redactor.write(&document, &mut written).unwrap();
        let value = redactor.apply(&document.to_value().unwrap());
        assert_eq!(String::from_utf8(written).unwrap(), value.to_string());
        assert!(!value.to_string().contains("xyzzy"));
    }

    #[test]
    fn what_hides_nothing_writes_the_tokens_as_they_are() {
        let redactor = Redactor::new(&[], b"key");
        let document = Document::parse(DATA).unwrap();
        let mut written = Vec::new();
        redactor.write(&document, &mut written).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), DATA);
    }
}
