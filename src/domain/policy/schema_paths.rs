//! Whether a schema has a place that a pattern names: whether it describes such a member or element.
//!
//! A schema that says nothing of an object's members has them all, so that only what is left out beside described members is
//! missing.

use std::collections::HashSet;

use regex::Regex;
use serde_json::{Map, Value};

use super::pointer_pattern::{PointerPattern, Step};
use crate::domain::json::unescape_step;
use crate::domain::schema::Schema;

/// Whether `schema` has a place that `pattern` matches.
pub(super) fn has(schema: &Schema, pattern: &PointerPattern) -> bool {
    let mut search = Search {
        root: schema.value(),
        steps: pattern.steps(),
        seen: HashSet::new(),
    };
    search.has(schema.value(), 0)
}

struct Search<'s> {
    root: &'s Value,
    steps: &'s [Step],
    /// The schemas that were looked at, with the step that they were asked for: references may lead in circles.
    seen: HashSet<(*const Value, usize)>,
}

/// Keywords whose value is a schema for the same place, or a list of such.
const SAME_PLACE: [&str; 7] = [
    "allOf",
    "anyOf",
    "oneOf",
    "if",
    "then",
    "else",
    "dependentSchemas",
];

impl<'s> Search<'s> {
    fn has(&mut self, schema: &'s Value, at: usize) -> bool {
        if !self.seen.insert((std::ptr::from_ref(schema), at)) {
            return false;
        }
        let Some(step) = self.steps.get(at) else {
            return true;
        };
        if *step == Step::Any && self.has(schema, at + 1) {
            return true;
        }
        let keywords = match schema {
            Value::Bool(anything) => return *anything,
            Value::Object(keywords) => keywords,
            _ => return false,
        };
        let elsewhere = self.same_place(keywords);
        if elsewhere.iter().any(|schema| self.has(schema, at)) {
            return true;
        }
        let after = if *step == Step::Any { at } else { at + 1 };
        let below = below(keywords, step);
        if below.iter().any(|schema| self.has(schema, after)) {
            return true;
        }
        is_open(keywords) && elsewhere.is_empty()
    }

    /// The schemas that say more of the same place.
    fn same_place(&self, keywords: &'s Map<String, Value>) -> Vec<&'s Value> {
        let mut found = Vec::new();
        for name in SAME_PLACE {
            match keywords.get(name) {
                Some(Value::Array(schemas)) => found.extend(schemas),
                Some(Value::Object(named)) if name == "dependentSchemas" => {
                    found.extend(named.values());
                }
                Some(schema @ Value::Object(_)) => found.push(schema),
                _ => {}
            }
        }
        for name in ["$ref", "$dynamicRef", "$recursiveRef"] {
            let Some(Value::String(reference)) = keywords.get(name) else {
                continue;
            };
            // Another kind of reference, such as one to an anchor, may lead to anything.
            const ANYTHING: &Value = &Value::Bool(true);
            let pointer = reference.strip_prefix('#');
            let pointer = pointer.filter(|pointer| pointer.is_empty() || pointer.starts_with('/'));
            let target = pointer.and_then(|pointer| {
                let decoded = percent_encoding::percent_decode_str(pointer).decode_utf8_lossy();
                find(self.root, &decoded)
            });
            found.push(target.unwrap_or(ANYTHING));
        }
        found
    }
}

fn find<'v>(root: &'v Value, pointer: &str) -> Option<&'v Value> {
    pointer
        .split('/')
        .skip(1)
        .try_fold(root, |value, step| match value {
            Value::Object(members) => members.get(unescape_step(step).as_ref()),
            Value::Array(elements) => elements.get(step.parse::<usize>().ok()?),
            _ => None,
        })
}

/// Whether a schema says nothing of members and elements, and so has any.
fn is_open(keywords: &Map<String, Value>) -> bool {
    const DESCRIBES: [&str; 8] = [
        "properties",
        "patternProperties",
        "additionalProperties",
        "unevaluatedProperties",
        "items",
        "prefixItems",
        "additionalItems",
        "const",
    ];
    let described = DESCRIBES.iter().any(|name| keywords.contains_key(*name));
    let holds = |kind: &Value| matches!(kind.as_str(), Some("object" | "array"));
    let can_hold = match keywords.get("type") {
        None => !keywords.contains_key("enum"),
        Some(Value::Array(kinds)) => kinds.iter().any(holds),
        Some(kind) => holds(kind),
    };
    !described && can_hold
}

/// The schemas of the members and elements that a step may lead to.
fn below<'s>(keywords: &'s Map<String, Value>, step: &Step) -> Vec<&'s Value> {
    let mut found = Vec::new();
    let members = |name: &str| keywords.get(name).and_then(Value::as_object);
    for (name, schema) in members("properties").into_iter().flatten() {
        if matches_name(step, name) {
            found.push(schema);
        }
    }
    for (pattern, schema) in members("patternProperties").into_iter().flatten() {
        let matches = match step {
            Step::Name(name) => Regex::new(pattern).is_ok_and(|regex| regex.is_match(name)),
            Step::One | Step::Any => true,
        };
        if matches {
            found.push(schema);
        }
    }
    let rest = ["additionalProperties", "unevaluatedProperties"];
    found.extend(rest.iter().filter_map(|name| keywords.get(*name)));
    let index = match step {
        Step::Name(name) => name.parse::<usize>().ok(),
        Step::One | Step::Any => Some(0),
    };
    if index.is_some() {
        for name in [
            "items",
            "prefixItems",
            "additionalItems",
            "unevaluatedItems",
        ] {
            match keywords.get(name) {
                Some(Value::Array(schemas)) => found.extend(schemas),
                Some(schema) => found.push(schema),
                None => {}
            }
        }
    }
    found.retain(|schema| **schema != Value::Bool(false));
    found
}

fn matches_name(step: &Step, name: &str) -> bool {
    match step {
        Step::Name(wanted) => wanted == name,
        Step::One | Step::Any => true,
    }
}
