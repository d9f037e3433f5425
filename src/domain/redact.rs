//! Hiding values that must not be seen in the audit log, by the names of their members.
//!
//! Both documents of an edit are redacted *before* they are compared: a patch of an array goes by position
//! and would otherwise carry neighbours along. What replaces a value is a keyed hash of it, so that a
//! changed secret still shows as a change, while nobody without the key can guess it from the hash.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;
use std::fmt;

#[path = "redact_document.rs"]
mod document;

/// Bytes of the hash that are kept: enough to tell values apart.
const KEPT: usize = 8;

/// Knows which members to hide, and the key to hide them with.
#[derive(Clone)]
pub struct Redactor {
    patterns: Vec<Vec<char>>,
    hasher: Hmac<Sha256>,
}

impl Redactor {
    /// Hides the members with these names: case does not matter, `*` stands for any characters
    /// (`password`, `*token*`). `key` is a secret of any length that stays the same over time.
    pub fn new(names: &[String], key: &[u8]) -> Redactor {
        let trimmed = names.iter().map(|name| name.trim());
        Redactor {
            patterns: trimmed
                .filter(|name| !name.is_empty())
                .map(folded)
                .collect(),
            hasher: Hmac::new_from_slice(key).expect("HMAC takes a key of any length"),
        }
    }

    /// Whether nothing is to be hidden.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// A copy of the document in which the value of every member with such a name, at any depth and of
    /// any type, is the text `redacted:` and 16 hexadecimal digits; equal values give equal digits.
    pub fn apply(&self, document: &Value) -> Value {
        match document {
            Value::Object(members) => {
                let redacted = members.iter().map(|(name, value)| {
                    let value = if self.hides(name) {
                        self.hash(value)
                    } else {
                        self.apply(value)
                    };
                    (name.clone(), value)
                });
                Value::Object(redacted.collect::<Map<_, _>>())
            }
            Value::Array(elements) => elements.iter().map(|element| self.apply(element)).collect(),
            other => other.clone(),
        }
    }

    /// A digest as the audit log may hold it: as it is, or, where something is hidden, hashed with the key, since a
    /// short secret could be guessed from a bare digest of the document around it.
    pub fn seal(&self, digest: &str) -> String {
        if self.is_empty() {
            return digest.to_owned();
        }
        let mut hasher = self.hasher.clone();
        hasher.update(digest.as_bytes());
        super::job::hex(&hasher.finalize().into_bytes())
    }

    pub(super) fn hides(&self, name: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        let name = folded(name);
        self.patterns.iter().any(|pattern| matches(pattern, &name))
    }

    fn hash(&self, value: &Value) -> Value {
        let mut hasher = self.hasher.clone();
        write_canonical(value, &mut |text| hasher.update(text.as_bytes()));
        Self::shown(hasher)
    }

    fn shown(hasher: Hmac<Sha256>) -> Value {
        let hash = hasher.finalize().into_bytes();
        let digits: String = hash[..KEPT]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Value::String(format!("redacted:{digits}"))
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let patterns = self
            .patterns
            .iter()
            .map(|pattern| pattern.iter().collect::<String>());
        f.debug_list().entries(patterns).finish()
    }
}

/// A name as it is compared.
fn folded(name: &str) -> Vec<char> {
    name.chars().flat_map(char::to_lowercase).collect()
}

/// Whether a name fits a pattern with `*`. Goes back to the last star only, so it takes at most
/// the product of both lengths.
fn matches(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut star) = (0, None);
    let mut seen = 0;
    while seen < name.len() {
        if pattern.get(at) == Some(&'*') {
            at += 1;
            star = Some((at, seen));
        } else if pattern.get(at) == Some(&name[seen]) {
            at += 1;
            seen += 1;
        } else if let Some((after, from)) = star {
            at = after;
            seen = from + 1;
            star = Some((after, seen));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|&c| c == '*')
}

/// The value as compact JSON with its members sorted by name: values that are equal but for the
/// order of members are written the same.
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
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn redactor(names: &[&str]) -> Redactor {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Redactor::new(&names, b"key")
    }

    #[test]
    fn names_match_whatever_their_case_and_with_stars() {
        for (pattern, name, hidden) in [
            ("password", "password", true),
            ("password", "PassWord", true),
            ("password", "passwords", false),
            ("*token*", "token", true),
            ("*token*", "accessTokenSecret", true),
            ("*token", "tokens", false),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "acb", false),
            ("*", "", true),
            ("ÄRGER*", "ärgernis", true),
            ("a.c", "abc", false),
            ("  ", "", false),
        ] {
            let name = json!({ name: 1 });
            assert_eq!(
                redactor(&[pattern]).apply(&name) != name,
                hidden,
                "{pattern} {name}"
            );
        }
    }

    #[test]
    fn values_are_hidden_at_any_depth_and_the_rest_stays_in_order() {
        let document =
            json!({"z": 1, "users": [{"Password": "s3cret", "name": "ü"}], "token": {"a": [1, 2]}});
        let redacted = redactor(&["password", "token"])
            .apply(&document)
            .to_string();
        let shape = redacted.replace(
            |c: char| c.is_ascii_hexdigit() && !"abcdefz1".contains(c),
            "0",
        );
        assert!(
            shape.starts_with("{\"z\":1,\"users\":[{\"Password\":\"redacted:"),
            "{redacted}"
        );
        assert!(
            !redacted.contains("s3cret") && redacted.contains("\"name\":\"ü\""),
            "{redacted}"
        );
        let digits = redacted.split("redacted:").nth(1).unwrap();
        assert!(
            digits[..16].bytes().all(|byte| byte.is_ascii_hexdigit()) && &digits[16..17] == "\""
        );
    }

    #[test]
    fn equal_values_hash_alike_and_others_differ() {
        let hash = |value: Value| redactor(&["p"]).apply(&json!({ "p": value }));
        assert_eq!(
            hash(json!({"a": 1, "b": [2]})),
            hash(json!({"b": [2], "a": 1}))
        );
        let number = |text: &str| {
            crate::domain::json::Document::parse(text)
                .unwrap()
                .to_value()
                .unwrap()
        };
        assert_ne!(hash(number("1.0")), hash(number("1.00")));
        assert_ne!(hash(json!("1")), hash(json!(1)));
        assert_ne!(hash(json!(["a", "b"])), hash(json!(["a,b"])));
        let other_key = Redactor::new(&["p".to_owned()], b"other").apply(&json!({"p": 1}));
        assert_ne!(hash(json!(1)), other_key);
    }

    #[test]
    fn many_stars_do_not_make_matching_slow() {
        let pattern = "*a".repeat(50) + "b";
        let name = json!({ "a".repeat(20_000): 1 });
        assert_eq!(redactor(&[&pattern]).apply(&name), name);
        assert!(redactor(&[]).is_empty() && !redactor(&["x"]).is_empty());
    }
}
