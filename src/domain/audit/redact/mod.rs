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
mod value;

use std::collections::HashSet;
use std::sync::Arc;

use base16ct::lower::encode_string;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use std::fmt;

use crate::domain::access::glob::glob;
use crate::domain::json::Document;
use crate::domain::policy::mask::{HiddenPlaces, Place};
use secrets::Secrets;

/// How many bytes of the hash are kept: enough to tell values apart.
const KEPT: usize = 8;

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

#[cfg(test)]
mod tests;
