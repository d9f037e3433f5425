//! Properties of the patch between any two documents.
#![allow(clippy::unwrap_used)]

use super::apply::DataPatch;
use super::{Limit, Patch};
use crate::domain::audit::redact::Redactor;
use crate::domain::json::arbitrary::{bounded, plain_json, plain_json_object};
use crate::domain::json::{Document, join_pointer};
use proptest::prelude::*;
use serde_json::{Value, json};

const ROOM: usize = 1_000_000;

const NO_LIMIT: Limit = Limit {
    changes: usize::MAX,
    bytes: usize::MAX,
};

/// Two texts; half of the time objects, which have more in common.
fn two() -> impl Strategy<Value = [String; 2]> {
    prop_oneof![
        [plain_json(), plain_json()],
        [plain_json_object(), plain_json_object()],
    ]
}

fn between(before: &str, after: &str) -> Patch {
    let [before, after] = [before, after].map(|text| Document::parse(text).unwrap());
    Patch::between(&before, &after, &Redactor::new(&[], b"key"), NO_LIMIT).unwrap()
}

/// Applies the patch to the text; a patch without operations changes nothing.
fn applied(patch: &str, text: &str) -> String {
    match patch {
        "[]" => text.to_owned(),
        patch => {
            let patch = DataPatch::parse(patch).unwrap().unwrap();
            patch.apply(text, ROOM).unwrap()
        }
    }
}

/// The text as a value. Numbers compare digit by digit; the order of members does not count.
fn value(text: &str) -> Value {
    Document::parse(text).unwrap().to_value().unwrap()
}

/// The pointers of every value in `value`.
fn pointers(value: &Value, here: String, all: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                pointers(member, join_pointer(&here, name), all);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                pointers(element, join_pointer(&here, &index.to_string()), all);
            }
        }
        _ => {}
    }
    all.push(here);
}

fn all_pointers(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    pointers(&value(text), String::new(), &mut all);
    all
}

proptest! {
    #![proptest_config(bounded(128))]

    #[test]
    fn the_patch_between_two_documents_makes_one_of_the_other([before, after] in two()) {
        let patch = between(&before, &after);
        prop_assert_eq!(value(&applied(&patch.to_json(), &before)), value(&after));
        prop_assert_eq!(patch.is_empty(), value(&before) == value(&after));
    }

    #[test]
    fn the_inverse_takes_the_changes_back([before, after] in two()) {
        let inverse = between(&before, &after).inverse();
        prop_assert_eq!(value(&applied(&inverse.to_json(), &after)), value(&before));
    }

    #[test]
    fn a_patch_is_read_as_it_was_written([before, after] in two()) {
        let patch = between(&before, &after);
        prop_assert_eq!(Patch::parse(&patch.to_json()), Ok(patch));
    }

    #[test]
    fn replacing_one_value_changes_no_other_character(
        text in plain_json(),
        place in any::<prop::sample::Index>(),
        new in plain_json(),
    ) {
        let all = all_pointers(&text);
        let pointer = place.get(&all);
        let document = Document::parse(&text).unwrap();
        let at = document.locate(pointer).unwrap().column - 1;
        let start = text.char_indices().nth(at).unwrap().0;
        let old = document.to_value().unwrap().pointer(pointer).unwrap().to_string();
        let mut expected = text.clone();
        expected.replace_range(start..start + old.len(), &new);
        let operation = json!([{"op": "replace", "path": pointer, "value": null}]).to_string();
        let patch = operation.replace("null", &new);
        prop_assert_eq!(applied(&patch, &text), expected);
    }

    #[test]
    fn removing_a_member_leaves_the_others_in_their_order(
        text in plain_json_object(),
        place in any::<prop::sample::Index>(),
    ) {
        let Value::Object(members) = value(&text) else { unreachable!() };
        if members.is_empty() {
            return Ok(());
        }
        let gone = place.index(members.len());
        let path = join_pointer("", members.keys().nth(gone).unwrap());
        let patch = json!([{"op": "remove", "path": path}]).to_string();
        let left = members.iter().enumerate().filter(|(at, _)| *at != gone);
        let left = left.map(|(_, (name, value))| format!("{}:{value}", Value::from(name.as_str())));
        let expected = format!("{{{}}}", left.collect::<Vec<_>>().join(","));
        prop_assert_eq!(applied(&patch, &text), expected);
    }

    #[test]
    fn a_patch_does_not_fit_where_an_old_value_differs([before, after] in two(), digits in "[1-9]{3}") {
        let patch = between(&before, &after).to_json();
        if patch.starts_with(r#"[{"op":"test""#) {
            let patch = DataPatch::parse(&patch).unwrap().unwrap();
            // No generated document is only a number with five decimal places.
            let other = format!("0.00{digits}");
            prop_assert!(patch.apply(&other, ROOM).is_err());
        }
    }
}
