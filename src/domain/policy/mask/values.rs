//! Hidden values in texts that were made from a job's data: an error, a stack, a return value, a line of a log.
//!
//! What is guaranteed: a string or number that is hidden in the data is replaced where it stands in such a text as it is, as
//! JSON writes it, or escaped as in JSON: as a whole word from 4 characters on, inside longer words from 8 on. What can't be
//! looked for (the data can't be read, is no JSON, or hides too many values) hides the text as a whole. Shorter values, parts
//! of values and other encodings of them are not found.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use super::places::{HiddenPlaces, holds_json};
use super::sign::{MASK, MASK_JSON};
use crate::domain::audit::redact::secrets::Secrets;
use crate::domain::json::{Document, NodeKind};

/// A name with so many digits is a value by itself, such as a card's number.
const DIGITS_OF_A_VALUE: usize = 4;

/// How many levels of JSON in strings are looked into for values.
const DEEPEST: usize = 3;

/// A text that was cut may end in a part of a value from this length on, in bytes.
const LEAST_PART: usize = 4;

/// The values that are hidden in the data of one job.
#[derive(Debug, Clone, Default)]
pub(crate) enum HiddenValues {
    /// Nothing is hidden.
    #[default]
    None,
    /// These are.
    Known(Arc<Secrets>),
    /// It is not known which values are hidden, so texts are hidden as a whole.
    Unknown,
}

impl HiddenValues {
    /// The values at the hidden places of a document.
    pub(super) fn of(places: &HiddenPlaces, document: &Document<'_>) -> Self {
        let mut found = HashSet::new();
        for node in places.hidden_nodes(document) {
            collect(document, node, 0, &mut found);
        }
        let escaped = found.iter().filter_map(|value| escaped_in_json(value));
        let escaped: Vec<String> = escaped.collect();
        found.extend(escaped);
        match Secrets::all_of(found) {
            Some(secrets) => Self::Known(Arc::new(secrets)),
            None => Self::Unknown,
        }
    }

    /// A text without the values.
    pub(crate) fn in_text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self {
            Self::None => Cow::Borrowed(text),
            Self::Unknown if text.is_empty() => Cow::Borrowed(text),
            Self::Unknown => Cow::Borrowed(MASK),
            Self::Known(secrets) if secrets.is_one(text) => Cow::Borrowed(MASK),
            Self::Known(secrets) => Cow::Owned(secrets.hide_in(text, |_| MASK.to_owned())),
        }
    }

    /// A text that may have been cut at its end, so that it ends in a part of a value.
    pub(crate) fn in_cut_text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let shown = self.in_text(text);
        let Self::Known(secrets) = self else {
            return shown;
        };
        match secrets.part_at_end_of(&shown, LEAST_PART) {
            Some(part) => {
                let kept = &shown[..shown.len() - part];
                Cow::Owned(format!("{kept}{MASK}"))
            }
            None => shown,
        }
    }

    /// A line of a log, as text.
    pub(crate) fn in_line(&self, line: Vec<u8>) -> Vec<u8> {
        match self {
            Self::None => line,
            _ => {
                let text = String::from_utf8_lossy(&line);
                self.in_text(&text).into_owned().into_bytes()
            }
        }
    }

    /// Bytes that are JSON, or else text.
    pub(crate) fn in_bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        match self {
            Self::None => bytes,
            Self::Unknown if bytes.is_empty() => bytes,
            Self::Unknown => MASK_JSON.as_bytes().to_vec(),
            Self::Known(_) => {
                let text = String::from_utf8_lossy(&bytes);
                match Document::parse(&text) {
                    Ok(document) => self.in_document(&document).into_bytes(),
                    Err(_) => self.in_text(&text).into_owned().into_bytes(),
                }
            }
        }
    }

    /// The text of a document with the values hidden in its strings, names and numbers.
    fn in_document(&self, document: &Document<'_>) -> String {
        let (text, mut shown, mut from) = (document.text(), String::new(), 0);
        for node in 0..document.next(0) {
            if document.kind(node) == NodeKind::Scalar
                && let Some(hidden) = self.scalar(document, node)
            {
                let range = document.range(node);
                shown.push_str(&text[from..range.start]);
                shown.push_str(&hidden);
                from = range.end;
            }
        }
        shown.push_str(&text[from..]);
        shown
    }

    /// A string, name or number without the values; `None` if it holds none.
    fn scalar(&self, document: &Document<'_>, node: usize) -> Option<String> {
        let token = document.token(node);
        match token.as_bytes().first() {
            Some(b'"') => {
                let stored = document.decoded(node);
                let shown = self.in_text(&stored);
                (shown != stored).then(|| serde_json::Value::from(shown.into_owned()).to_string())
            }
            Some(b't' | b'f' | b'n') => None,
            _ => {
                let Self::Known(secrets) = self else {
                    return Some(MASK_JSON.to_owned());
                };
                let shown = secrets.hide_in(token, |_| MASK.to_owned());
                (shown != token).then(|| MASK_JSON.to_owned())
            }
        }
    }
}

/// Collects the strings and numbers at and below a node.
fn collect(document: &Document<'_>, node: usize, depth: usize, found: &mut HashSet<String>) {
    for at in node..document.next(node) {
        if document.kind(at) != NodeKind::Scalar {
            continue;
        }
        let token = document.token(at);
        match token.as_bytes().first() {
            Some(b'"') => {
                let text = document.decoded(at);
                let is_name = is_name(document, at);
                let digits = text.bytes().filter(u8::is_ascii_digit).count();
                if !is_name || digits >= DIGITS_OF_A_VALUE {
                    if depth < DEEPEST
                        && holds_json(&text)
                        && let Ok(inner) = Document::parse(&text)
                    {
                        collect(&inner, 0, depth + 1, found);
                    }
                    let trimmed = text.trim();
                    if trimmed.len() < text.len() {
                        found.insert(trimmed.to_owned());
                    }
                    // As it is written, for texts that quote the document.
                    let written = &token[1..token.len() - 1];
                    if written != text {
                        found.insert(written.to_owned());
                    }
                    found.insert(text.into_owned());
                }
            }
            Some(b't' | b'f' | b'n') => {}
            _ => {
                found.insert(token.to_owned());
            }
        }
    }
}

/// Whether a string is the name of a member: no other is followed by a colon.
fn is_name(document: &Document<'_>, at: usize) -> bool {
    let rest = &document.text()[document.range(at).end..];
    rest.trim_start().starts_with(':')
}

/// A value as it stands inside of a JSON string; `None` if that is the same.
fn escaped_in_json(value: &str) -> Option<String> {
    let json = serde_json::Value::from(value).to_string();
    let inside = json.get(1..json.len() - 1).unwrap_or_default();
    (inside != value).then(|| inside.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::hiding::tests::hiding;
    use super::*;

    const DATA: &[u8] = br#"{"card":{"number":4242424242424242,"holder":"Ada \"L\" Byron","cvv":"123","exp":"09/27"},"note":"Ada"}"#;

    fn values() -> HiddenValues {
        hiding(&["/card/**"]).values(Some(DATA))
    }

    #[test]
    fn a_message_that_quotes_a_hidden_value_does_not_show_it() {
        for (text, shown) in [
            ("card 4242424242424242 declined", "card ••• declined"),
            ("x4242424242424242y", "x•••y"),
            ("for Ada \"L\" Byron.", "for •••."),
            (r#"{"holder":"Ada \"L\" Byron"}"#, r#"{"holder":"•••"}"#),
            ("until 09/27!", "until •••!"),
            ("cvv 123 for Ada", "cvv 123 for Ada"),
            ("4242424242424242", "•••"),
        ] {
            assert_eq!(values().in_text(text), shown);
        }
    }

    #[test]
    fn json_stays_json_and_other_bytes_of_it_stay() {
        let stored = br#"[ 1.0, "of \u0041da \"L\" Byron", 4242424242424242, {"4242424242424242" : 1}, true]"#;
        let shown = String::from_utf8(values().in_bytes(stored.to_vec())).unwrap();
        assert_eq!(shown, r#"[ 1.0, "of •••", "•••", {"•••" : 1}, true]"#);
    }

    #[test]
    fn a_cut_text_does_not_end_in_a_part_of_a_value() {
        assert_eq!(values().in_cut_text("card 42424242"), "card •••");
        assert_eq!(values().in_cut_text("card 424"), "card 424");
        assert_eq!(values().in_text("card 42424242"), "card 42424242");
    }

    #[test]
    fn where_values_can_not_be_looked_for_the_text_is_hidden_as_a_whole() {
        let hiding = hiding(&["/card"]);
        for values in [hiding.values(None), hiding.values(Some(b"{oops"))] {
            assert_eq!(values.in_text("anything"), MASK);
            assert_eq!(values.in_text(""), "");
            assert_eq!(values.in_bytes(b"[1]".to_vec()), MASK_JSON.as_bytes());
        }
        let many: Vec<String> = (100_000..103_000)
            .map(|number| number.to_string())
            .collect();
        let data = format!("{{\"card\":[{}]}}", many.join(","));
        let values = hiding.values(Some(data.as_bytes()));
        assert_eq!(values.in_text("anything"), MASK);
        assert_eq!(Hiding::Nothing.values(None).in_text("x"), "x");
    }

    use super::super::hiding::Hiding;
}
