//! What a schema says about a field: the title and the description that its author wrote beside a rule.

use serde_json::Value;

/// A longer text is cut, in characters.
const LONGEST: usize = 300;

/// How many references are followed from one rule; a schema may refer to itself.
const MOST_REFERENCES: usize = 32;

/// The keywords whose members are each about another field.
const FIELDS: [&str; 4] = ["properties", "patternProperties", "$defs", "definitions"];

/// The keywords that are about the elements of the field.
const ELEMENTS: [&str; 3] = ["items", "prefixItems", "additionalProperties"];

/// The title and description nearest to the rule that `pointer` names; empty where there are none.
pub(super) fn field_text(schema: &Value, pointer: &str) -> String {
    let about = about_field(schema, pointer);
    // The text of the whole schema says nothing about one rule.
    let texts = about
        .into_iter()
        .filter(|part| !std::ptr::eq(*part, schema));
    let mut texts = texts.map(text_of).filter(|text| !text.is_empty());
    texts.next_back().unwrap_or_default()
}

/// The parts of the schema on the way to the rule that `pointer` names that are about the rule's own field, the rule last.
/// `pointer` is the way that the validator went, so it may lead through references.
pub(super) fn about_field<'s>(schema: &'s Value, pointer: &str) -> Vec<&'s Value> {
    let mut at = schema;
    let mut found = vec![schema];
    let mut references = 0;
    let mut before = String::new();
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        let Some(next) = step_into(at, &step) else {
            break;
        };
        at = next;
        if step == "$ref" {
            references += 1;
            let Some(target) = referred(schema, at).filter(|_| references <= MOST_REFERENCES)
            else {
                break;
            };
            at = target;
        }
        // From here on it is about another field: what is above says nothing about that one.
        if FIELDS.contains(&before.as_str()) || ELEMENTS.contains(&step.as_str()) {
            found.clear();
        }
        found.push(at);
        before = step;
    }
    found
}

fn step_into<'s>(at: &'s Value, step: &str) -> Option<&'s Value> {
    match at {
        Value::Object(members) => members.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    }
}

/// What a reference within the schema leads to.
pub(super) fn referred<'s>(schema: &'s Value, reference: &Value) -> Option<&'s Value> {
    let pointer = reference.as_str()?.strip_prefix('#')?;
    schema.pointer(pointer)
}

fn text_of(schema: &Value) -> String {
    let part = |name: &str| schema.get(name).and_then(Value::as_str).unwrap_or_default();
    let text = match (part("title").trim(), part("description").trim()) {
        (title, "") => title.to_owned(),
        ("", description) => description.to_owned(),
        (title, description) => format!("{title}: {description}"),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_text_nearest_to_the_rule_is_told() {
        let schema = json!({
            "title": "Order",
            "properties": {
                "to": {"type": "string", "title": "Recipient", "description": "Where it is sent."},
                "n": {"type": "integer"},
                "a/b": {"$ref": "#/$defs/slashed"},
            },
            "$defs": {"slashed": {"type": "string", "description": "A slash"}, "loop": {"$ref": "#/$defs/loop"}},
        });
        let text = |pointer| field_text(&schema, pointer);
        assert_eq!(
            text("/properties/to/format"),
            "Recipient: Where it is sent."
        );
        assert_eq!(
            text("/properties/n/type"),
            "",
            "the order's title is not the number's"
        );
        assert_eq!(text("/properties/a~1b/$ref/type"), "A slash");
        let endless = format!("/$defs/loop{}", "/$ref".repeat(100));
        assert_eq!(field_text(&schema, &endless), "");
        assert_eq!(text("/nothing/here"), "");
    }

    #[test]
    fn a_long_text_is_cut() {
        let schema = json!({"properties": {"to": {"description": "é".repeat(1000)}}});
        let text = field_text(&schema, "/properties/to/type");
        assert_eq!(text.chars().count(), LONGEST + 1);
    }
}
