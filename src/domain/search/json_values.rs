//! Finds the values at some paths in a JSON text, and checks on the way that the whole of it is JSON.
//!
//! What no path leads to is skipped without a copy and without recursion, so its size and depth don't matter. The way that
//! is followed is as deep as the longest path. Of several members with one name the last counts, as in JavaScript.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::path::Step;
use crate::domain::json::{decode, decode_exactly};

/// Paths with a common beginning, as a tree.
#[derive(Debug, Clone, Default)]
pub(super) struct PathTree {
    /// The numbers of the checks on the value here.
    checks: Vec<usize>,
    below: Vec<(Step, PathTree)>,
}

impl PathTree {
    /// Adds the path to a value that check `number` is about.
    pub(super) fn add(&mut self, path: &[Step], number: usize) {
        let Some((step, rest)) = path.split_first() else {
            self.checks.push(number);
            return;
        };
        let at = match self.below.iter().position(|(other, _)| other == step) {
            Some(at) => at,
            None => {
                self.below.push((step.clone(), Self::default()));
                self.below.len() - 1
            }
        };
        self.below[at].1.add(rest, number);
    }

    /// Tells `found` of each value at the paths, as it is written, with the number of each check on it.
    ///
    /// # Errors
    /// If the text is not JSON. What `found` was told before then does not count.
    pub(super) fn walk<'t>(
        &self,
        text: &'t str,
        found: &mut dyn FnMut(usize, &'t str),
    ) -> Result<(), serde_json::Error> {
        let value = text.trim_matches([' ', '\t', '\n', '\r']);
        let mut json = Deserializer::from_str(text);
        self.walk_below(value, &mut json, found)?;
        json.end()?;
        for check in &self.checks {
            found(*check, value);
        }
        Ok(())
    }

    /// As [`PathTree::walk`] for a value that is known to be JSON.
    fn walk_value<'t>(&self, value: &'t str, found: &mut dyn FnMut(usize, &'t str)) {
        for check in &self.checks {
            found(*check, value);
        }
        if !self.below.is_empty() {
            // It was read once already, so it is JSON.
            let _ = self.walk_below(value, &mut Deserializer::from_str(value), found);
        }
    }

    fn walk_below<'t>(
        &self,
        value: &'t str,
        json: &mut Deserializer<serde_json::de::StrRead<'t>>,
        found: &mut dyn FnMut(usize, &'t str),
    ) -> Result<(), serde_json::Error> {
        match value.as_bytes().first() {
            Some(b'{') if !self.below.is_empty() => {
                let last = json.deserialize_map(Members { tree: self })?;
                for ((_, tree), value) in self.below.iter().zip(last) {
                    if let Some(value) = value {
                        tree.walk_value(value, found);
                    }
                }
                Ok(())
            }
            Some(b'[') if !self.below.is_empty() => {
                json.deserialize_seq(Elements { tree: self, found })
            }
            _ => IgnoredAny::deserialize_from(json),
        }
    }

    /// The elements of an array after which none is wanted; `None` if all are.
    fn elements_wanted(&self) -> Option<usize> {
        let ends = self.below.iter().map(|(step, _)| match step {
            Step::AnyElement => None,
            Step::Index(index) => Some(index + 1),
            Step::Member(_) => Some(0),
        });
        ends.collect::<Option<Vec<usize>>>()
            .map(|ends| ends.into_iter().max().unwrap_or(0))
    }
}

/// Skips one value, whatever it is.
trait SkipOne {
    fn deserialize_from<'t>(
        json: &mut Deserializer<serde_json::de::StrRead<'t>>,
    ) -> Result<(), serde_json::Error>;
}

impl SkipOne for IgnoredAny {
    fn deserialize_from<'t>(
        json: &mut Deserializer<serde_json::de::StrRead<'t>>,
    ) -> Result<(), serde_json::Error> {
        json.deserialize_ignored_any(Self).map(|_| ())
    }
}

/// Reads the members of an object that are wanted: for each step of the tree, the last with its name.
struct Members<'n> {
    tree: &'n PathTree,
}

impl<'t> Visitor<'t> for Members<'_> {
    type Value = Vec<Option<&'t str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'t>>(self, mut members: M) -> Result<Self::Value, M::Error> {
        let below = &self.tree.below;
        let mut last = vec![None; below.len()];
        // A name is taken as it is written: one with half a character is none that serde_json would decode.
        while let Some(name) = members.next_key::<&'t RawValue>()? {
            let name = exactly(name.get());
            let is_it = |(step, _): &(Step, PathTree)| match step {
                Step::Member(wanted) => wanted.as_bytes() == &*name,
                _ => false,
            };
            match below.iter().position(is_it) {
                Some(at) => last[at] = Some(members.next_value::<&'t RawValue>()?.get()),
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(last)
    }
}

/// Walks through the elements of an array that are wanted.
struct Elements<'n, 't> {
    tree: &'n PathTree,
    found: &'n mut dyn FnMut(usize, &'t str),
}

impl<'t> Visitor<'t> for Elements<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<S: SeqAccess<'t>>(self, mut elements: S) -> Result<(), S::Error> {
        let wanted = self.tree.elements_wanted();
        let mut index = 0;
        while wanted.is_none_or(|wanted| index < wanted) {
            let Some(element) = elements.next_element_seed(Written)? else {
                return Ok(());
            };
            for (step, tree) in &self.tree.below {
                let leads_here = match step {
                    Step::AnyElement => true,
                    Step::Index(at) => *at == index,
                    Step::Member(_) => false,
                };
                if leads_here {
                    tree.walk_value(element, self.found);
                }
            }
            index += 1;
        }
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Reads a value as it is written.
struct Written;

impl<'t> DeserializeSeed<'t> for Written {
    type Value = &'t str;

    fn deserialize<D: serde::Deserializer<'t>>(self, json: D) -> Result<&'t str, D::Error> {
        <&'t RawValue as serde::Deserialize>::deserialize(json).map(RawValue::get)
    }
}

/// Whether a text is JSON.
pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// The bytes of a string as it is written; half characters differ from all others.
pub(super) fn exactly(written: &str) -> Cow<'_, [u8]> {
    decode_exactly(body(written))
}

/// The text of a string as it is written; half characters become U+FFFD.
pub(super) fn decoded(written: &str) -> Cow<'_, str> {
    decode(body(written))
}

/// What is between the quotes.
fn body(written: &str) -> &str {
    let inner = written.strip_prefix('"').unwrap_or(written);
    inner.strip_suffix('"').unwrap_or(inner)
}

/// The strings and names in a JSON text, as they are written.
pub(super) fn strings(json: &str) -> impl Iterator<Item = &str> {
    let mut rest = json;
    std::iter::from_fn(move || {
        let from = memchr::memchr(b'"', rest.as_bytes())?;
        let bytes = rest.as_bytes();
        let mut end = from + 1;
        loop {
            end += memchr::memchr2(b'"', b'\\', &bytes[end..])?;
            if bytes[end] == b'"' {
                break;
            }
            // What is after a backslash is part of the string; at the end of broken text nothing is.
            end = (end + 2).min(bytes.len());
        }
        let string = rest.get(from..=end)?;
        rest = &rest[end + 1..];
        Some(string)
    })
}
