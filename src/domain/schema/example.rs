//! A document to begin with, made from what a schema says: its defaults, examples and constants, and else empty values of the
//! right types. It need not pass the schema: an empty text may be too short.

use serde_json::{Map, Value};

use super::Schema;

/// How deep references and objects are followed.
const DEEPEST: usize = 12;

/// How many values are made at most.
const MOST: usize = 500;

impl Schema {
    /// A document to begin with.
    pub fn example(&self) -> Value {
        let mut left = MOST;
        Maker {
            root: &self.value,
            left: &mut left,
        }
        .of(&self.value, 0)
    }
}

struct Maker<'a> {
    root: &'a Value,
    left: &'a mut usize,
}

impl Maker<'_> {
    fn of(&mut self, schema: &Value, depth: usize) -> Value {
        if depth > DEEPEST || *self.left == 0 {
            return Value::Null;
        }
        *self.left -= 1;
        let first = |key: &str| schema.get(key).and_then(|list| list.get(0));
        let given = schema.get("default").or_else(|| schema.get("const"));
        let given = given
            .or_else(|| first("examples"))
            .or_else(|| first("enum"));
        if let Some(value) = given {
            return value.clone();
        }
        let reference = schema.get("$ref").and_then(Value::as_str);
        let target = reference.and_then(|to| to.strip_prefix('#'));
        if let Some(target) = target.and_then(|pointer| self.root.pointer(pointer)) {
            return self.of(target, depth + 1);
        }
        if schema.get("properties").is_some() || schema.get("allOf").is_some() {
            return self.object(schema, depth);
        }
        if let Some(one) = first("oneOf").or_else(|| first("anyOf")) {
            return self.of(one, depth + 1);
        }
        let kind = schema.get("type");
        let kind = kind.and_then(|kind| kind.as_str().or_else(|| kind.get(0)?.as_str()));
        match kind {
            Some("object") => Value::Object(Map::new()),
            Some("array") => Value::Array(Vec::new()),
            Some("string") => Value::String(String::new()),
            Some("number" | "integer") => schema.get("minimum").cloned().unwrap_or(Value::from(0)),
            Some("boolean") => Value::Bool(false),
            Some(_) => Value::Null,
            // It may be anything, as BullMQ's data without a value.
            None if depth == 0 => Value::Object(Map::new()),
            None => Value::Null,
        }
    }

    /// The members that have to be there; all that are known where none has to be.
    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let mut members = Map::new();
        for part in schema
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if let Value::Object(others) = self.of(part, depth + 1) {
                members.extend(others);
            }
        }
        let required = schema.get("required").and_then(Value::as_array);
        let wanted = |name: &String| {
            required.is_none_or(|names| names.iter().any(|one| one.as_str() == Some(name)))
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties
            .into_iter()
            .flatten()
            .filter(|(name, _)| wanted(name))
        {
            let value = self.of(property, depth + 1);
            members.insert(name.clone(), value);
        }
        Value::Object(members)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn example(schema: &str) -> String {
        Schema::compile("a.json", schema)
            .unwrap()
            .example()
            .to_string()
    }

    #[test]
    fn a_document_to_begin_with_has_what_the_schema_requires_and_gives() {
        let schema = r##"{"type":"object","required":["to","n","kind","lines","by"],"properties":{
            "to":{"type":"string"},"n":{"type":"integer","minimum":1},"kind":{"enum":["a","b"]},"note":{"type":"string"},
            "lines":{"type":"array"},"by":{"$ref":"#/$defs/person"}},
            "$defs":{"person":{"properties":{"name":{"default":"ann"},"old":{"type":"boolean"}}}}}"##;
        assert_eq!(
            example(schema),
            r#"{"to":"","n":1,"kind":"a","lines":[],"by":{"name":"ann","old":false}}"#
        );
        assert_eq!(example("{}"), "{}");
        assert_eq!(example("true"), "{}");
        assert_eq!(example(r#"{"type":["number","null"]}"#), "0");
    }

    #[test]
    fn a_schema_that_refers_to_itself_makes_a_document_that_ends() {
        let schema = r##"{"properties":{"next":{"$ref":"#"},"other":{"$ref":"#"}}}"##;
        assert!(example(schema).len() < 20_000);
    }
}
