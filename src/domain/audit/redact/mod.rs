//! Keeps secrets out of the audit log: hides values by the names of their members, and by their places where a policy calls
//! them sensitive.
//!
//! Both documents of an edit are redacted *before* they are compared. A patch of an array goes by position, so that
//! comparing first could carry neighbouring values into the patch. A keyed hash replaces each value: a changed secret still
//! shows as a change, and nobody without the key can guess the value from the hash.
//!
//! Names are looked for in objects, in JSON inside a string, and in plain text (`text.rs`). A value that was found by its
//! name in either document is also hidden wherever else it stands in both documents, and in the reason.

mod document;
#[cfg(test)]
mod properties;
pub(crate) mod secrets;
pub(crate) mod text;

use std::collections::HashSet;
use std::sync::Arc;

use base16ct::lower::encode_string;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;
use std::fmt;

use crate::domain::access::glob::glob;
use crate::domain::json::Document;
use crate::domain::policy::mask::{HiddenPlaces, Place, holds_json};
use secrets::Secrets;
use text::hidden_places;

/// How many bytes of the hash are kept: enough to tell values apart.
const KEPT: usize = 8;

/// How many levels of JSON inside JSON strings are searched. A deeper text is hidden as a whole.
const DEEPEST: usize = 5;

/// The names of the members to hide, and the key to hash their values with.
#[derive(Clone)]
pub struct Redactor {
    patterns: Vec<String>,
    hasher: Hmac<Sha256>,
    /// The places whose values a policy hides.
    places: Arc<HiddenPlaces>,
    /// Values that were found by their names or places and are hidden everywhere.
    secrets: Arc<Secrets>,
}

impl Redactor {
    /// Hides the members with these names. Case does not matter, and `*` stands for any characters (`password`, `*token*`).
    /// `key` is a secret of any length that stays the same over time.
    pub fn new(names: &[String], key: &[u8]) -> Redactor {
        let trimmed = names.iter().map(|name| name.trim());
        Redactor {
            patterns: trimmed
                .filter(|name| !name.is_empty())
                .map(folded)
                .collect(),
            hasher: Hmac::new_from_slice(key).expect("HMAC takes a key of any length"),
            places: Arc::default(),
            secrets: Arc::default(),
        }
    }

    /// The redactor for documents in which these places are hidden too, whatever their names.
    pub(crate) fn hiding(&self, places: &HiddenPlaces) -> Self {
        Self {
            places: Arc::new(self.places.and(places)),
            ..self.clone()
        }
    }

    /// Hides what either of them hides. Both have the same names; one without places may have no key.
    pub(crate) fn and(&self, other: &Self) -> Self {
        match other.places.is_empty() {
            true => self.clone(),
            false => other.hiding(&self.places),
        }
    }

    /// The redactor for documents that hold the data at these members.
    pub(crate) fn under(&self, members: &[&str]) -> Self {
        let places = members.iter().map(|member| self.places.under(member));
        Self {
            places: Arc::new(places.fold(HiddenPlaces::default(), |all, one| all.and(&one))),
            ..self.clone()
        }
    }

    /// Whether there is nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty() && self.places.is_empty()
    }

    /// The place of a whole document.
    pub(crate) fn root(&self) -> Place {
        self.places.root()
    }

    /// The place of a member or element of what is at `place`; hidden by its place, its name, or what it is in.
    pub(crate) fn child(&self, place: &Place, name: &str) -> Place {
        self.places.child(place, name)
    }

    /// The redactor for one edit: what these documents hide by name, it hides everywhere.
    pub fn knowing<'d, 't: 'd>(
        &self,
        documents: impl IntoIterator<Item = &'d Document<'t>>,
    ) -> Self {
        let mut found = HashSet::new();
        if !self.is_empty() {
            for document in documents {
                self.collect_at(document, 0, false, &self.root(), &mut found);
            }
        }
        Self {
            secrets: Arc::new(Secrets::of(found)),
            ..self.clone()
        }
    }

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
    fn collect(&self, value: &Value, is_hidden: bool, depth: usize, found: &mut HashSet<String>) {
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

    /// A digest as the audit log may hold it. If something is hidden in the document, the digest is hashed with the key:
    /// otherwise a short secret could be guessed from the digest and the rest of the document.
    pub fn seal(&self, digest: &str) -> String {
        if self.is_empty() {
            return digest.to_owned();
        }
        let mut hasher = self.hasher.clone();
        hasher.update(digest.as_bytes());
        encode_string(&hasher.finalize().into_bytes())
    }

    pub(crate) fn hides(&self, name: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        let name = folded(name);
        self.patterns.iter().any(|pattern| glob(pattern, &name))
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

    fn shown(hasher: Hmac<Sha256>) -> Value {
        let hash = hasher.finalize().into_bytes();
        Value::String(format!("redacted:{}", encode_string(&hash[..KEPT])))
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.patterns).finish()
    }
}

/// A name in the form in which names are compared: `Pass_word`, `pass-word` and `"password "` are equal.
fn folded(name: &str) -> String {
    let matters = |c: &char| !(c.is_whitespace() || matches!(c, '_' | '-'));
    let lower = name.chars().filter(matters).flat_map(char::to_lowercase);
    lower.collect()
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

#[cfg(test)]
mod tests;
