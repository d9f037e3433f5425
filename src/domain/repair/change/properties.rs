//! Properties of changes of any document, against a naive way to make them with values.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

use super::*;
use crate::domain::json::arbitrary::{any_json, bounded, plain_json, plain_json_object};
use crate::domain::json::join_pointer;

const MOST: usize = 10_000_000;

fn value(text: &str) -> Value {
    Document::parse(text).unwrap().to_value().unwrap()
}

fn apply(change: &ChangeSpec, text: &str) -> Result<Changed, NotChanged> {
    change.ready().unwrap().apply(text, &InForce::Nothing, MOST)
}

fn pointers(value: &Value, here: String, all: &mut Vec<String>) {
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, member)| pointers(member, join_pointer(&here, name), all)),
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .for_each(|(at, one)| pointers(one, join_pointer(&here, &at.to_string()), all)),
        _ => {}
    }
    all.push(here);
}

/// An operation on places that a document has, or had before the operations in front of it, or on ones beside them.
fn operation(text: &str, (kind, one, other, new): &(u8, Index, Index, String)) -> String {
    let mut all = Vec::new();
    pointers(&value(text), String::new(), &mut all);
    let (one, other) = (one.get(&all), other.get(&all));
    let value = value(new);
    let operation = match kind {
        0 => json!({"op": "add", "path": join_pointer(one, "a"), "value": value}),
        1 => json!({"op": "add", "path": join_pointer(one, "0"), "value": value}),
        2 => json!({"op": "add", "path": join_pointer(one, "-"), "value": value}),
        3 => json!({"op": "remove", "path": one}),
        4 => json!({"op": "replace", "path": one, "value": value}),
        5 => json!({"op": "move", "from": one, "path": other}),
        6 => json!({"op": "copy", "from": one, "path": other}),
        _ => json!({"op": "test", "path": one, "value": value}),
    };
    operation.to_string()
}

/// A merge patch as RFC 7396, section 2, has it.
fn naive_merge(target: Value, patch: &Value) -> Value {
    let Value::Object(members) = patch else {
        return patch.clone();
    };
    let mut merged = match target {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for (name, change) in members {
        match change {
            Value::Null => drop(merged.shift_remove(name)),
            change => {
                let old = merged.get(name).cloned().unwrap_or(Value::Null);
                merged.insert(name.clone(), naive_merge(old, change));
            }
        }
    }
    Value::Object(merged)
}

proptest! {
    #![proptest_config(bounded(400))]

    #[test]
    fn a_patch_makes_what_the_same_patch_makes_of_the_value(
        text in plain_json(),
        parts in prop::collection::vec(
            (0_u8..8, any::<Index>(), any::<Index>(), plain_json()), 1..4
        ),
    ) {
        let operations: Vec<String> = parts.iter().map(|part| operation(&text, part)).collect();
        let patch = format!("[{}]", operations.join(","));
        // One that moves a value into itself is refused by both.
        let Ok(Some(naive)) = DataPatch::parse(&patch) else { return Ok(()) };
        let naive = naive.apply(&text, MOST);
        let made = apply(&ChangeSpec::Patch { patch: patch.clone() }, &text);
        match (naive, made) {
            (Ok(naive), Ok(made)) => prop_assert_eq!(value(&made.text), value(&naive), "{}", patch),
            (Err(_), Err(_)) => {}
            (naive, made) => prop_assert!(false, "{patch}: {naive:?} and {made:?}"),
        }
    }

    #[test]
    fn a_merge_patch_makes_what_the_rfc_says(text in plain_json(), patch in plain_json_object()) {
        prop_assume!(patch != "{}");
        let made = apply(&ChangeSpec::Merge { merge: patch.clone() }, &text).unwrap();
        let naive = naive_merge(value(&text), &value(&patch));
        prop_assert_eq!(value(&made.text), naive);
        let again = apply(&ChangeSpec::Merge { merge: patch }, &made.text).unwrap();
        prop_assert_eq!(again.places, 0, "the second time nothing is left to change");
    }

    #[test]
    fn one_replaced_value_leaves_every_other_byte(written in any_json(), place in any::<Index>(), new in plain_json()) {
        let text = written.spaced;
        let document = Document::parse(&text).unwrap();
        if !document.duplicate_keys().is_empty() || document.has_lone_surrogates() {
            return Ok(());
        }
        let mut all = Vec::new();
        pointers(&document.to_value().unwrap(), String::new(), &mut all);
        let pointer = place.get(&all);
        let range = document.range(document.find(pointer).unwrap());
        let patch = json!([{"op": "replace", "path": pointer, "value": value(&new)}]).to_string();
        let made = apply(&ChangeSpec::Patch { patch }, &text).unwrap();
        if made.places > 0 {
            prop_assert!(made.text.starts_with(&text[..range.start]));
            prop_assert!(made.text.ends_with(&text[range.end..]));
        } else {
            prop_assert_eq!(&made.text, &text);
        }
    }

    #[test]
    fn a_removed_value_leaves_the_bytes_of_the_others(written in any_json(), place in any::<Index>()) {
        let text = written.spaced;
        let document = Document::parse(&text).unwrap();
        if !document.duplicate_keys().is_empty() || document.has_lone_surrogates() {
            return Ok(());
        }
        let mut all = Vec::new();
        pointers(&document.to_value().unwrap(), String::new(), &mut all);
        let pointer = place.get(&all).clone();
        if pointer.is_empty() {
            return Ok(());
        }
        let steps = vec![Step { what: "remove".to_owned(), at: pointer.clone(), to: String::new() }];
        // A name of a star means every member.
        prop_assume!(!pointer.contains('*'));
        let made = apply(&ChangeSpec::Steps { steps }, &text).unwrap();
        let patch = json!([{"op": "remove", "path": pointer}]).to_string();
        let compact = DataPatch::parse(&patch).unwrap().unwrap().apply(&text, MOST);
        if let Ok(compact) = compact {
            prop_assert_eq!(Document::parse(&made.text).unwrap().compact(), compact);
        }
        prop_assert!(made.text.len() < text.len());
    }

    #[test]
    fn a_pattern_makes_what_its_places_make_one_by_one_from_the_last(
        written in any_json(),
        stars in prop::collection::vec(any::<bool>(), 4),
        place in any::<Index>(),
        (kind, new) in (0_usize..4, plain_json()),
    ) {
        let text = written.spaced;
        let document = Document::parse(&text).unwrap();
        if !document.duplicate_keys().is_empty() || document.has_lone_surrogates() {
            return Ok(());
        }
        let mut all = Vec::new();
        pointers(&document.to_value().unwrap(), String::new(), &mut all);
        let pointer = place.get(&all);
        prop_assume!(!pointer.is_empty() && !text.contains('*'));
        let starred = pointer.split('/').skip(1).enumerate();
        let starred = starred.map(|(at, step)| match stars.get(at) {
            Some(true) => "/*".to_owned(),
            _ => format!("/{step}"),
        });
        let starred: String = starred.collect();
        prop_assume!(kind != 2 || !starred.ends_with('*'));
        let (what, to) = [("set", new.as_str()), ("remove", ""), ("rename", "b"), ("convert", "number")][kind];
        let step = |at: &str| {
            let [what, at, to] = [what, at, to].map(str::to_owned);
            ChangeSpec::Steps { steps: vec![Step { what, at, to }] }
        };
        let at_once = apply(&step(&starred), &text);
        let pattern = crate::domain::edit::patch::place::read(&starred).unwrap();
        let means = |pointer: &&String| {
            let place = crate::domain::edit::patch::place::read(pointer).unwrap();
            places::is_meant(&pattern, &place)
        };
        let mut one_by_one = text.clone();
        for pointer in all.iter().filter(means).rev() {
            match apply(&step(pointer), &one_by_one) {
                Ok(made) => one_by_one = made.text,
                Err(why) => {
                    prop_assert_eq!(at_once, Err(why));
                    return Ok(());
                }
            }
        }
        // Set also adds what is missing, which has no place before.
        if kind != 0 || starred.ends_with('*') || !starred.contains('*') {
            prop_assert_eq!(at_once.map(|made| made.text), Ok(one_by_one));
        }
    }

    #[test]
    fn the_same_text_always_becomes_the_same(text in plain_json(), patch in plain_json_object()) {
        prop_assume!(patch != "{}");
        let merge = ChangeSpec::Merge { merge: patch };
        prop_assert_eq!(apply(&merge, &text), apply(&merge, &text));
    }
}
