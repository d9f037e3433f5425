//! Where a member is added to an object, written as its last member is.

use serde_json::Value;

use crate::domain::json::Document;

/// The place in the text, in bytes, and what is written there to add a member at the end of the object at a node.
pub(super) fn insertion(
    document: &Document<'_>,
    object: usize,
    name: &str,
    value: &str,
) -> (usize, String) {
    let text = document.text();
    let name = quoted(name);
    let Some((key, last)) = document.members(object).last() else {
        let after_bracket = document.range(object).start + 1;
        return (after_bracket, format!("{name}: {value}"));
    };
    let (key, last) = (document.range(key), document.range(last));
    let before_key = text[..key.start].trim_end().len();
    let space = &text[before_key..key.start];
    let colon = &text[key.end..last.start];
    (last.end, format!(",{space}{name}{colon}{value}"))
}

/// A name as JSON.
pub(super) fn quoted(name: &str) -> String {
    Value::String(name.to_owned()).to_string()
}
