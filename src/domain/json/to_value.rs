//! Turns a document into a `serde_json` value, for the schema check, the patch and the redaction. Such a value is never
//! stored; what is stored is always text.

use super::{Document, JsonError, MAX_EDIT_DEPTH, NodeKind};
use serde_json::{Map, Number, Value};

/// An object or array that is being filled.
struct OpenValue {
    /// The first node after it.
    end: usize,
    filled: Value,
    /// The name of the member that it becomes, if it is in an object.
    name: Option<String>,
}

impl Document<'_> {
    /// The document as a value. Numbers keep their digits and objects their order; the last of several members with one
    /// name counts; a lone surrogate becomes U+FFFD.
    ///
    /// # Errors
    ///
    /// If the document is nested deeper than [`MAX_EDIT_DEPTH`].
    pub fn to_value(&self) -> Result<Value, JsonError> {
        self.to_value_within(MAX_EDIT_DEPTH)
    }

    /// Like [`Document::to_value`] with another depth limit, for text that wraps a document and is therefore deeper.
    pub(crate) fn to_value_within(&self, most: usize) -> Result<Value, JsonError> {
        if self.depth() > most {
            let message = format!(
                "the document is nested {} levels deep; at most {most} are supported",
                self.depth()
            );
            return Err(JsonError::at(self.position_of(0), message));
        }
        Ok(self.value_at(0))
    }

    /// The value at one node. The caller has checked the document's depth.
    pub(crate) fn value_at(&self, at: usize) -> Value {
        let mut open: Vec<OpenValue> = Vec::new();
        let mut node = at;
        loop {
            let name = match open.last() {
                Some(top) if top.filled.is_object() && node != top.end => {
                    node += 1;
                    Some(self.decoded(node - 1).into_owned())
                }
                _ => None,
            };
            let (mut done, mut name) = match open.pop_if(|top| top.end == node) {
                Some(top) => (top.filled, top.name),
                None => {
                    let value = self.shallow(node);
                    let end = self.next(node);
                    node += 1;
                    if end > node {
                        open.push(OpenValue {
                            end,
                            filled: value,
                            name,
                        });
                        continue;
                    }
                    (value, name)
                }
            };
            match open.last_mut().map(|top| &mut top.filled) {
                Some(Value::Array(elements)) => elements.push(std::mem::take(&mut done)),
                Some(Value::Object(members)) => {
                    members.insert(name.take().unwrap_or_default(), std::mem::take(&mut done));
                }
                _ => return done,
            }
        }
    }

    /// The scalar at a node, or an empty object or array for a container.
    fn shallow(&self, node: usize) -> Value {
        match self.kind(node) {
            NodeKind::Object => Value::Object(Map::new()),
            NodeKind::Array => Value::Array(Vec::new()),
            NodeKind::Scalar => match self.token(node) {
                "null" => Value::Null,
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                text if text.starts_with('"') => Value::String(self.decoded(node).into_owned()),
                // Parsing would rewrite the exponent (1e400 → 1e+400). The scanner has checked the grammar.
                text => Value::Number(Number::from_string_unchecked(text.to_owned())),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn value(text: &str) -> Value {
        Document::parse(text).unwrap().to_value().unwrap()
    }

    #[test]
    fn digits_order_and_nesting_survive_the_way_there_and_back() {
        for text in [
            "1.0",
            "1.00",
            "1e400",
            "1E400",
            "1e-05",
            "1E+4",
            "-0",
            "-0.0",
            "0e0",
            "12345678901234567890123",
            "9007199254740993",
            "\"ü\"",
            "null",
            "true",
            "[]",
            "{}",
            "{\"b\":1,\"a\":[{},[],[[]],{\"x\":{\"y\":[1,2]}}],\"c\":{}}",
            "[[1],[2,[3]],4]",
            "[[],{}]",
            "{\"\":{\"\":\"\"}}",
            "{\"$serde_json::private::Number\":\"1\"}",
        ] {
            assert_eq!(value(text).to_string(), text);
        }
    }

    #[test]
    fn the_last_of_several_members_with_one_name_wins() {
        assert_eq!(
            value("{\"a\":1,\"b\":2,\"\\u0061\":3}").to_string(),
            "{\"a\":3,\"b\":2}"
        );
    }

    #[test]
    fn a_lone_surrogate_becomes_the_replacement_character() {
        assert_eq!(value("[\"a\\ud800b\"]")[0], "a\u{fffd}b");
    }

    #[test]
    fn nesting_past_the_limit_is_refused_with_a_reason() {
        let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(
            Document::parse(&nested(MAX_EDIT_DEPTH))
                .unwrap()
                .to_value()
                .is_ok()
        );
        let deep = nested(MAX_EDIT_DEPTH + 1);
        let fault = Document::parse(&deep).unwrap().to_value().unwrap_err();
        assert!(fault.message.contains("513 levels deep"), "{fault}");
    }
}
