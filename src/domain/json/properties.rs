//! Properties of every text and every pointer, compared with `serde_json`.
#![allow(clippy::unwrap_used)]

use super::arbitrary::{any_json, bounded};
use super::*;
use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Whether `serde_json` accepts the text. It skips the values, so it allows lone surrogates and any depth, as the scanner
/// does.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// JSON with a few characters removed and others inserted; mostly no longer JSON.
fn damaged() -> impl Strategy<Value = String> {
    let with = "[\\[\\]{}:,\"\\\\ue0-9.+\\-a-f\u{0}\n ü]{0,2}";
    (any_json(), any::<prop::sample::Index>(), 0..3usize, with).prop_map(|(json, at, cut, with)| {
        let characters: Vec<char> = json.spaced.chars().collect();
        let at = at.index(characters.len());
        let rest = &characters[(at + cut).min(characters.len())..];
        let before: String = characters[..at].iter().collect();
        before + &with + &rest.iter().collect::<String>()
    })
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

/// Whether the document accepts the text exactly if `serde_json` does, with a place inside the text for every fault.
fn judged_alike(text: &str) -> Result<(), TestCaseError> {
    match Document::parse(text) {
        Ok(document) => {
            prop_assert!(is_json(text), "only we take {text:?}");
            prop_assert!(is_json(&document.compact()));
            prop_assert!(is_json(&document.pretty()));
        }
        Err(fault) => {
            prop_assert!(!is_json(text), "only we refuse {text:?}: {fault}");
            let lines = text.split('\n').count();
            prop_assert!((1..=lines).contains(&fault.line), "{text:?}: {fault}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(bounded(256))]

    #[test]
    fn any_text_is_judged_as_serde_json_does(text in any::<String>()) {
        judged_alike(&text)?;
    }

    #[test]
    fn any_bytes_are_judged_as_serde_json_does(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        judged_alike(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn tokens_in_any_order_are_judged_as_serde_json_does(
        text in "([\\[\\]{}:, ]|\"[a-f\\\\u0]{0,6}\"|null|tru|true|-|0|[0-9.eE+]{1,4}){0,12}",
    ) {
        judged_alike(&text)?;
    }

    #[test]
    fn damaged_json_is_judged_as_serde_json_does(text in damaged()) {
        judged_alike(&text)?;
    }

    #[test]
    fn json_is_taken_and_only_its_white_space_changes(json in any_json()) {
        let document = Document::parse(&json.spaced).unwrap();
        prop_assert_eq!(document.text(), &json.spaced);
        prop_assert_eq!(document.compact(), &*json.compact);
        let pretty = document.pretty();
        let again = Document::parse(&pretty).unwrap();
        prop_assert!(again.same_tokens(&document));
        prop_assert_eq!(again.pretty(), &*pretty);
    }

    #[test]
    fn values_are_those_that_serde_json_reads(json in any_json()) {
        let document = Document::parse(&json.spaced).unwrap();
        let theirs = serde_json::from_str::<Value>(&json.spaced);
        // A value of serde_json holds no lone surrogate.
        prop_assert_eq!(theirs.is_err(), document.has_lone_surrogates());
        if let Ok(theirs) = theirs {
            let ours = document.to_value().unwrap();
            // serde_json rewrites exponents when it reads (1e5 → 1e+5), so ours is read by it too.
            let ours: Value = serde_json::from_str(&ours.to_string()).unwrap();
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn pointers_lead_to_what_serde_json_finds(json in any_json()) {
        let document = Document::parse(&json.spaced).unwrap();
        let Ok(theirs) = serde_json::from_str::<Value>(&json.spaced) else {
            return Ok(());
        };
        let mut all = Vec::new();
        pointers(&theirs, String::new(), &mut all);
        for pointer in all {
            prop_assert_eq!(check_pointer(&pointer), Ok(()));
            let at = document.find(&pointer).unwrap();
            let token = document.token(at);
            let found: Value = serde_json::from_str(token).unwrap();
            prop_assert_eq!(Some(&found), theirs.pointer(&pointer), "{}", pointer);
            let offset = token.as_ptr() as usize - json.spaced.as_ptr() as usize;
            let place = Position::of(&json.spaced, offset);
            prop_assert_eq!(document.locate(&pointer), Some(place));
        }
    }

    #[test]
    fn a_pointer_finds_something_just_when_serde_json_does(
        json in any_json(),
        pointer in "(/|/[a-d0-3]|/~0|/~1|/01|/-|/ü|a){0,3}",
    ) {
        let document = Document::parse(&json.spaced).unwrap();
        if let Ok(theirs) = serde_json::from_str::<Value>(&json.spaced) {
            let found = document.locate(&pointer).is_some();
            prop_assert_eq!(found, theirs.pointer(&pointer).is_some());
        }
    }

    #[test]
    fn any_name_can_be_a_step_of_a_pointer(name in "[~/01a-cü]{0,6}|\\PC{0,6}", other in "[~/01a]{0,6}") {
        let value = serde_json::json!({ name.clone(): 1, format!("{other}x"): 2 });
        let text = value.to_string();
        let pointer = join_pointer("", &name);
        prop_assert_eq!(check_pointer(&pointer), Ok(()));
        let document = Document::parse(&text).unwrap();
        let at = document.find(&pointer).unwrap();
        prop_assert_eq!(document.token(at), value[&name].to_string());
    }
}
