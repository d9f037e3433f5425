//! Redacts a value and a text, and finds what is to be hidden in them.

use std::collections::HashSet;

use hmac::Mac;
use serde_json::{Map, Value};

use super::Redactor;
use super::text::hidden_places;
use crate::domain::policy::mask::{Place, holds_json};

/// How many levels of JSON inside JSON strings are searched. A deeper text is hidden as a whole.
const DEEPEST: usize = 5;

impl Redactor {
    /// A copy of the document in which every member with such a name has the value `redacted:` and 16 hexadecimal digits,
    /// at any depth and whatever its type. Equal values give equal digits. Values in `secrets` are replaced wherever they
    /// stand.
    pub fn apply(&self, document: &Value) -> Value {
        match self.is_empty() {
            true => document.clone(),
            false => self.redacted(document, 0, &self.root()),
        }
    }

    /// The same for a value at this place of a document.
    pub(crate) fn apply_at(&self, value: &Value, place: &Place) -> Value {
        match self.is_empty() {
            true => value.clone(),
            false => self.redacted(value, 0, place),
        }
    }

    /// Redacts a plain text, such as a reason.
    pub fn apply_text(&self, text: &str) -> String {
        match self.is_empty() {
            true => text.to_owned(),
            false => self.redacted_text(text, 0),
        }
    }

    fn redacted(&self, document: &Value, depth: usize, place: &Place) -> Value {
        if place.is_hidden() {
            return self.hash(document);
        }
        match document {
            Value::Object(members) => {
                let redacted = members.iter().map(|(name, value)| {
                    let value = match self.hides(name) {
                        true => self.hash(value),
                        false => self.redacted(value, depth, &self.child(place, name)),
                    };
                    (self.shown_name(name), value)
                });
                Value::Object(redacted.collect::<Map<_, _>>())
            }
            Value::Array(elements) => {
                let each = elements.iter().enumerate();
                let child = |index: usize| match place.is_open() {
                    true => Place::default(),
                    false => self.child(place, &index.to_string()),
                };
                each.map(|(index, element)| self.redacted(element, depth, &child(index)))
                    .collect()
            }
            // A pattern may lead into the JSON in a text.
            Value::String(text) if !place.is_open() && holds_json(text) => self.hash(document),
            Value::String(text) => Value::String(self.redacted_text(text, depth)),
            Value::Number(number) if self.secrets.is_one(&number.to_string()) => {
                self.hash(document)
            }
            other => other.clone(),
        }
    }

    fn redacted_text(&self, text: &str, depth: usize) -> String {
        if self.secrets.is_one(text) {
            return self.hash_text(text);
        }
        if let Some(inner) = json_in(text) {
            if depth >= DEEPEST {
                return self.hash_text(text);
            }
            let redacted = self.redacted(&inner, depth + 1, &Place::default());
            return match redacted == inner {
                true => text.to_owned(),
                false => redacted.to_string(),
            };
        }
        let mut kept = String::with_capacity(text.len());
        let mut at = 0;
        for place in hidden_places(text, |name| self.hides(name)) {
            kept.push_str(&text[at..place.start]);
            kept.push_str(&self.hash_text(&text[place.clone()]));
            at = place.end;
        }
        kept.push_str(&text[at..]);
        self.shown_name(&kept)
    }

    /// Hides known secrets in a member's name, or in a text that holds no names to hide.
    pub(crate) fn shown_name(&self, name: &str) -> String {
        self.secrets.hide_in(name, |secret| self.hash_text(secret))
    }

    /// Collects the values to hide in `value`; all of them if it `is_hidden` itself.
    pub(super) fn collect(
        &self,
        value: &Value,
        is_hidden: bool,
        depth: usize,
        found: &mut HashSet<String>,
    ) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    self.collect(member, is_hidden || self.hides(name), depth, found);
                }
            }
            Value::Array(elements) => {
                for element in elements {
                    self.collect(element, is_hidden, depth, found);
                }
            }
            Value::String(text) => {
                if is_hidden {
                    found.insert(text.clone());
                }
                match json_in(text).filter(|_| depth < DEEPEST) {
                    Some(inner) => self.collect(&inner, is_hidden, depth + 1, found),
                    None => found.extend(
                        hidden_places(text, |name| self.hides(name))
                            .into_iter()
                            .map(|place| text[place].to_owned()),
                    ),
                }
            }
            Value::Number(number) if is_hidden => {
                found.insert(number.to_string());
            }
            _ => {}
        }
    }

    fn hash_text(&self, text: &str) -> String {
        match self.hash(&Value::String(text.to_owned())) {
            Value::String(hash) => hash,
            _ => String::new(),
        }
    }

    fn hash(&self, value: &Value) -> Value {
        let mut hasher = self.hasher.clone();
        write_canonical(value, &mut |text| hasher.update(text.as_bytes()));
        Self::shown(hasher)
    }
}

/// The JSON inside a text, if it is an object, an array, or a string that holds JSON itself.
fn json_in(text: &str) -> Option<Value> {
    let is_candidate = text.trim_start().starts_with(['{', '[', '"']);
    is_candidate.then(|| serde_json::from_str(text).ok())?
}

/// Writes the value as compact JSON with sorted members, so that values that differ only in the order of members give the
/// same bytes.
fn write_canonical(value: &Value, write: &mut impl FnMut(&str)) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            write("{");
            for (index, (name, member)) in sorted.into_iter().enumerate() {
                write(if index == 0 { "" } else { "," });
                write(&Value::String(name.clone()).to_string());
                write(":");
                write_canonical(member, write);
            }
            write("}");
        }
        Value::Array(elements) => {
            write("[");
            for (index, element) in elements.iter().enumerate() {
                write(if index == 0 { "" } else { "," });
                write_canonical(element, write);
            }
            write("]");
        }
        other => write(&other.to_string()),
    }
}
