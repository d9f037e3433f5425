//! Redacts a parsed document without building a `Value` of all of it.

use std::collections::HashSet;
use std::io;
use std::ops::Range;

use super::Redactor;
use crate::domain::json::{Document, NodeKind};
use crate::domain::policy::mask::{Place, holds_json};
use hmac::Mac;
use serde_json::Value;

impl Redactor {
    /// What replaces the hidden value at a node; the same text as [`Redactor::apply`] puts there.
    pub(crate) fn hash_at(&self, document: &Document<'_>, at: usize) -> Value {
        let mut hasher = self.hasher.clone();
        write_canonical(document, at, &mut |text| hasher.update(text.as_bytes()));
        Self::shown(hasher)
    }

    /// Collects the values below a node that are hidden by their name or place; all of them if the node itself `is_hidden`.
    pub(crate) fn collect_at(
        &self,
        document: &Document<'_>,
        at: usize,
        is_hidden: bool,
        place: &Place,
        found: &mut HashSet<String>,
    ) {
        let is_hidden = is_hidden || self.is_hidden_at(document, at, place);
        match document.kind(at) {
            NodeKind::Object => {
                for (key, value) in document.members(at) {
                    let name = document.decoded(key);
                    let (is_hidden, place) =
                        (is_hidden || self.hides(&name), self.child(place, &name));
                    self.collect_at(document, value, is_hidden, &place, found);
                }
            }
            NodeKind::Array => {
                for (index, element) in document.elements(at).enumerate() {
                    let place = self.element(place, index);
                    self.collect_at(document, element, is_hidden, &place, found);
                }
            }
            NodeKind::Scalar => self.collect(&document.value_at(at), is_hidden, 0, found),
        }
    }

    /// Whether nothing is hidden in this range of the text: neither in the smallest value around it, nor by a name or place
    /// above that.
    pub(crate) fn hides_nothing_in(&self, document: &Document<'_>, piece: Range<usize>) -> bool {
        if self.is_empty() {
            return true;
        }
        let holds = |at: usize| {
            let range = document.range(at);
            range.start <= piece.start && piece.end <= range.end
        };
        let (mut around, mut place) = (0, self.root());
        loop {
            if self.is_hidden_at(document, around, &place) {
                return false;
            }
            let inner = match document.kind(around) {
                NodeKind::Scalar => None,
                NodeKind::Array => {
                    let mut elements = document.elements(around).enumerate();
                    let element = elements.find(|(_, at)| holds(*at));
                    element.map(|(index, at)| (at, self.element(&place, index)))
                }
                NodeKind::Object => {
                    let mut members = document.members(around);
                    let member = members.find(|(_, value)| holds(*value));
                    let member = member.map(|(key, value)| (document.decoded(key), value));
                    if member.as_ref().is_some_and(|(name, _)| self.hides(name)) {
                        return false;
                    }
                    member.map(|(name, value)| (value, self.child(&place, &name)))
                }
            };
            match inner {
                Some(inner) => (around, place) = inner,
                None => break,
            }
        }
        let value = document.value_at(around);
        self.apply_at(&value, &place) == value
    }

    /// Whether the value of a node is hidden by its place. JSON in a text is, where a pattern may lead into it.
    pub(crate) fn is_hidden_at(&self, document: &Document<'_>, at: usize, place: &Place) -> bool {
        place.is_hidden()
            || (!place.is_open()
                && document.token(at).starts_with('"')
                && holds_json(&document.decoded(at)))
    }

    /// The place of an element.
    pub(crate) fn element(&self, place: &Place, index: usize) -> Place {
        match place.is_open() {
            true => Place::default(),
            false => self.child(place, &index.to_string()),
        }
    }

    /// Writes the document as compact JSON with the hidden values replaced.
    ///
    /// # Errors
    ///
    /// The errors of `out`.
    pub fn write(&self, document: &Document<'_>, out: &mut impl io::Write) -> io::Result<()> {
        self.write_at(document, 0, &self.root(), out)
    }

    fn write_at(
        &self,
        document: &Document<'_>,
        at: usize,
        place: &Place,
        out: &mut impl io::Write,
    ) -> io::Result<()> {
        if self.is_hidden_at(document, at, place) {
            return write!(out, "{}", self.hash_at(document, at));
        }
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
                        false => {
                            let place = self.child(place, &name);
                            self.write_at(document, value, &place, out)?;
                        }
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
                    let place = self.element(place, index);
                    self.write_at(document, element, &place, out)?;
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
    use crate::domain::policy::mask::tests::places;

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
    fn values_are_hidden_by_their_places_as_they_are_by_their_names() {
        let places = places(&["/z/**", "/users/*/id", "/e"]);
        let redactor = Redactor::new(&["password".to_owned()], b"key").hiding(&places);
        let data = r#"{"z":["plover"],"users":[{"id":"{\"a\":\"plugh\"}","password":"xyzzy"},{"id":12345678}],"e":null,"note":"a plover 12345678","plugh":1}"#;
        let document = Document::parse(data).unwrap();
        let redactor = redactor.knowing([&document]);
        let mut written = Vec::new();
        redactor.write(&document, &mut written).unwrap();
        let value = redactor.apply(&document.to_value().unwrap());
        let written = String::from_utf8(written).unwrap();
        assert_eq!(written, value.to_string());
        for secret in ["plover", "plugh", "xyzzy", "12345678", "null"] {
            assert!(!written.contains(secret), "{secret} in {written}");
        }
        assert!(redactor.under(&["data"]).places.at("/data/e").is_hidden());
    }

    #[test]
    fn a_piece_is_hidden_by_its_place_and_by_the_places_above_it() {
        let data = r#"{"customer":{"pin":"123","name":"Ann"},"lines":[{"q":1},{"token":[7,8]}]}"#;
        let document = Document::parse(data).unwrap();
        let places = places(&["/customer/pin", "/lines/*/token/**"]);
        let redactor = Redactor::new(&[], b"key").hiding(&places);
        let hides_nothing = |piece: &str| {
            let start = data.find(piece).unwrap();
            redactor.hides_nothing_in(&document, start..start + piece.len())
        };
        for hidden in [
            "123",
            "\"pin\"",
            "8",
            "[7,8]",
            "{\"token\"",
            "Ann\"},\"lines",
        ] {
            assert!(!hides_nothing(hidden), "{hidden}");
        }
        for shown in ["Ann", "\"q\":1"] {
            assert!(hides_nothing(shown), "{shown}");
        }
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
