//! What the values at one place have in common.

use serde_json::{Map, Value};

use super::arrays::Arrays;
use super::numbers::Numbers;
use super::objects::Objects;
use super::strings::Strings;
use super::{Budget, DEEPEST};

/// The values seen at one place, by their types.
#[derive(Debug, Default)]
pub(super) struct Shape {
    nulls: u64,
    booleans: u64,
    numbers: Numbers,
    strings: Strings,
    arrays: Arrays,
    objects: Objects,
    /// Values were too deep to be looked at, so that nothing is said of any.
    anything: bool,
    /// The values are secrets, of which only the types are told.
    secret: bool,
}

impl Shape {
    /// Nothing seen yet.
    pub(super) fn new(secret: bool) -> Self {
        Self {
            secret,
            ..Self::default()
        }
    }

    /// Keeps its values out of the schema if `secret`.
    pub(super) fn hide_if(&mut self, secret: bool) {
        self.secret |= secret;
    }

    /// Learns from one more value at this place, so deep in its document.
    pub(super) fn add(&mut self, value: &Value, depth: usize, budget: &mut Budget<'_>) {
        let secret = self.secret;
        match value {
            _ if depth > DEEPEST => self.anything = true,
            Value::Null => self.nulls += 1,
            Value::Bool(_) => self.booleans += 1,
            Value::Number(number) => self.numbers.add(&number.to_string()),
            Value::String(text) => self.strings.add(text),
            Value::Array(elements) => self.arrays.add(elements, secret, depth, budget),
            Value::Object(members) => self.objects.add(members, secret, depth, budget),
        }
    }

    /// Takes over what another shape has learned.
    pub(super) fn merge(&mut self, other: Shape) {
        self.nulls += other.nulls;
        self.booleans += other.booleans;
        self.numbers.merge(other.numbers);
        self.strings.merge(other.strings);
        self.arrays.merge(other.arrays);
        self.objects.merge(other.objects);
        self.anything |= other.anything;
        self.secret |= other.secret;
    }

    /// Its schema.
    pub(super) fn schema(self, ranges: bool) -> Value {
        let mut schema = Map::new();
        self.write(ranges, &mut schema);
        Value::Object(schema)
    }

    /// Writes the rules of its schema.
    pub(super) fn write(self, ranges: bool, schema: &mut Map<String, Value>) {
        if self.anything {
            return;
        }
        let types = self.types();
        let is_text = types.iter().all(|one| matches!(*one, "string" | "null"));
        match &types[..] {
            [] => return,
            [only] => schema.insert("type".to_owned(), Value::from(*only)),
            several => schema.insert("type".to_owned(), Value::from(several.to_vec())),
        };
        let ranges = ranges && !self.secret;
        if !self.secret {
            self.strings.write(ranges, is_text, self.nulls > 0, schema);
        }
        if ranges {
            self.numbers.write(schema);
        }
        self.arrays.write(ranges, schema);
        self.objects.write(ranges, schema);
    }

    fn types(&self) -> Vec<&'static str> {
        let seen = [
            ("object", self.objects.count()),
            ("array", self.arrays.count()),
            ("string", self.strings.count()),
            (self.numbers.kind(), self.numbers.count()),
            ("boolean", self.booleans),
            ("null", self.nulls),
        ];
        let seen = seen.into_iter().filter(|(_, count)| *count > 0);
        seen.map(|(name, _)| name).collect()
    }
}
