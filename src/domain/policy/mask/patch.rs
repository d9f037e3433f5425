//! Hidden values in patches: in those that the audit log kept before a policy hid anything, and in those that a person types.

use serde_json::{Map, Value};

use super::hiding::Hiding;
use super::places::{HiddenPlaces, Place, holds_json};
use super::sign::MASK;
use crate::domain::json::{Document, MAX_EDIT_DEPTH};

/// What an audit entry shows of a patch that it can't be said of where its values stand.
const UNREADABLE: &str = "[]";

/// How deep a patch may be nested: its list and its operations hold values of data that was edited.
const DEEPEST: usize = MAX_EDIT_DEPTH + 2;

/// The beginning of what the audit log keeps in place of a hidden value, and the digits of its keyed hash after it.
const REDACTED: &str = "redacted:";
const REDACTED_DIGITS: usize = 16;

impl Hiding {
    /// A patch of the audit log, with the hidden values masked that it holds.
    pub(crate) fn mask_patch(&self, patch: &str) -> String {
        if self.is_nothing() || patch.is_empty() {
            return patch.to_owned();
        }
        // Not by deserialising, which would rewrite numbers.
        let document = Document::parse(patch).ok();
        let value = document.and_then(|document| document.to_value_within(DEEPEST).ok());
        let Some(Value::Array(operations)) = value else {
            return UNREADABLE.to_owned();
        };
        let masked = operations.into_iter().map(|operation| match operation {
            Value::Object(members) => Value::Object(self.mask_operation(members)),
            _ => Value::Null,
        });
        Value::Array(masked.collect()).to_string()
    }

    fn mask_operation(&self, mut members: Map<String, Value>) -> Map<String, Value> {
        let path = members.get("path").and_then(Value::as_str);
        let path = path.unwrap_or_default().to_owned();
        if let Some(value) = members.get_mut("value") {
            *value = match self {
                Self::Nothing => value.clone(),
                Self::Everything => hidden(value),
                Self::Places(places) => mask_value(places, value, &places.at(&path)),
            };
        }
        members
    }
}

/// A value at a place, with what is hidden of it masked.
fn mask_value(places: &HiddenPlaces, value: &Value, place: &Place) -> Value {
    if place.is_hidden() {
        return hidden(value);
    }
    if place.is_open() {
        return value.clone();
    }
    match value {
        Value::Object(members) => {
            let masked = members.iter().map(|(name, value)| {
                let child = places.child(place, name);
                (name.clone(), mask_value(places, value, &child))
            });
            Value::Object(masked.collect())
        }
        Value::Array(elements) => {
            let elements = elements.iter().enumerate();
            let masked = elements.map(|(index, value)| {
                mask_value(places, value, &places.child(place, &index.to_string()))
            });
            Value::Array(masked.collect())
        }
        Value::String(text) if holds_json(text) => hidden(value),
        other => other.clone(),
    }
}

/// What stands for a hidden value. The keyed hash that an entry keeps instead of it may be seen by everybody.
fn hidden(value: &Value) -> Value {
    let digits = value.as_str().and_then(|text| text.strip_prefix(REDACTED));
    let is_hash = digits.is_some_and(|digits| {
        digits.len() == REDACTED_DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    match is_hash {
        true => value.clone(),
        false => MASK.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::hiding::tests::hiding;
    use super::*;

    #[test]
    fn a_patch_shows_no_hidden_value_at_below_or_above_its_paths() {
        let patch = r#"[{"op":"test","path":"/card/number","value":4242},{"op":"replace","path":"/card/number","value":"redacted:0123456789abcdef"},{"op":"add","path":"/lines/0","value":{"q":1.0,"s":"4242"}},{"op":"add","path":"","value":{"card":{"x":4242},"b":1e400}},{"op":"remove","path":"/b"}]"#;
        let shown = hiding(&["/card/**", "/lines/*/s"]).mask_patch(patch);
        assert_eq!(
            shown,
            r#"[{"op":"test","path":"/card/number","value":"•••"},{"op":"replace","path":"/card/number","value":"redacted:0123456789abcdef"},{"op":"add","path":"/lines/0","value":{"q":1.0,"s":"•••"}},{"op":"add","path":"","value":{"card":"•••","b":1e400}},{"op":"remove","path":"/b"}]"#
        );
        assert_eq!(Hiding::Nothing.mask_patch(patch), patch);
        assert!(!Hiding::Everything.mask_patch(patch).contains("4242"));
        assert_eq!(hiding(&["/card"]).mask_patch("4242"), "[]");
    }
}
