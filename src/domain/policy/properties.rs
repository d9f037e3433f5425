//! The changed places of any two documents under any policy, beside a plain comparison of all their pointers.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::changes::{Before, changed_places};
use super::{PointerPattern, RepairPolicy, parse};
use crate::domain::json::arbitrary::{bounded, plain_json, plain_json_object};
use crate::domain::json::{Document, unescape_step};
use serde_json::Value;

/// Every place of a document by its steps, with what stands there: a scalar, or which kind of container.
fn places(value: &Value, here: &mut Vec<String>, all: &mut BTreeMap<Vec<String>, String>) {
    let told = match value {
        Value::Object(_) => "{".to_owned(),
        Value::Array(_) => "[".to_owned(),
        scalar => scalar.to_string(),
    };
    all.insert(here.clone(), told);
    let mut below = |name: String, value: &Value| {
        here.push(name);
        places(value, here, all);
        here.pop();
    };
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                below(name.clone(), member);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                below(index.to_string(), element);
            }
        }
        _ => {}
    }
}

/// The steps of every place that only one of the documents has, or that differs.
fn naively_changed(before: &str, after: &str) -> Vec<Vec<String>> {
    let [before, after] = [before, after].map(|text| {
        let value = Document::parse(text).unwrap().to_value().unwrap();
        let mut all = BTreeMap::new();
        places(&value, &mut Vec::new(), &mut all);
        all
    });
    let differs = |steps: &&Vec<String>| before.get(*steps) != after.get(*steps);
    let both: std::collections::BTreeSet<&Vec<String>> =
        before.keys().chain(after.keys()).collect();
    both.into_iter().filter(differs).cloned().collect()
}

/// Whether a pattern's steps match all of a pointer's, tried in every way.
fn matches(pattern: &[&str], steps: &[String]) -> bool {
    match (pattern, steps) {
        ([], []) => true,
        (["**", rest @ ..], _) => (0..=steps.len()).any(|taken| matches(rest, &steps[taken..])),
        ([one, rest @ ..], [name, steps @ ..]) => {
            (*one == "*" || unescape_step(one) == name.as_str()) && matches(rest, steps)
        }
        _ => false,
    }
}

fn covers(pattern: &str, steps: &[String]) -> bool {
    let pattern: Vec<&str> = pattern.split('/').skip(1).collect();
    (0..=steps.len()).any(|length| matches(&pattern, &steps[..length]))
}

fn any_covers(patterns: &[PointerPattern], steps: &[String]) -> bool {
    patterns
        .iter()
        .any(|pattern| covers(pattern.as_str(), steps))
}

/// Whether a pattern matches a pointer or leads below it.
fn leads_to(pattern: &str, steps: &[String]) -> bool {
    let pattern: Vec<&str> = pattern.split('/').skip(1).collect();
    (0..=pattern.len()).any(|length| matches(&pattern[..length], steps))
}

/// The places whose value is a string that holds JSON.
fn json_strings(text: &str) -> Vec<Vec<String>> {
    let value = Document::parse(text).unwrap().to_value().unwrap();
    let mut all = BTreeMap::new();
    places(&value, &mut Vec::new(), &mut all);
    let holds = |told: &str| matches!(serde_json::from_str(told), Ok(Value::String(text)) if text.starts_with('{'));
    let found = all.into_iter().filter(|(_, told)| holds(told));
    found.map(|(steps, _)| steps).collect()
}

/// Whether a change of these places touches one of the patterns.
fn touches(patterns: &[PointerPattern], changed: &[Vec<String>], texts: &[&str]) -> bool {
    let holding: Vec<_> = texts.iter().flat_map(|text| json_strings(text)).collect();
    changed.iter().any(|steps| {
        any_covers(patterns, steps)
            || (holding.contains(steps)
                && patterns
                    .iter()
                    .any(|pattern| leads_to(pattern.as_str(), steps)))
    })
}

/// Some JSON, now and then with strings that hold JSON.
fn text() -> impl Strategy<Value = String> {
    with_json_strings(plain_json())
}

fn with_json_strings(texts: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (texts, 0..3).prop_map(|(text, number)| match number {
        0 => text,
        number => {
            let held = format!(r#""{{\"a\":{number}}}""#);
            text.replace("\"x\"", &held).replace("null", &held)
        }
    })
}

/// Patterns over the names that generated documents have.
fn pattern() -> impl Strategy<Value = String> {
    let step = prop_oneof![
        2 => select(vec!["*", "**", "0", "1", "2", ""]).prop_map(str::to_owned),
        3 => "[a-c]{1,2}",
        1 => select(vec!["~0", "~1", "ü"]).prop_map(str::to_owned),
    ];
    vec(step, 0..4).prop_map(|steps| {
        let steps = steps.iter().map(|step| format!("/{step}"));
        steps.collect()
    })
}

fn policy() -> impl Strategy<Value = RepairPolicy> {
    let list = || vec(pattern(), 0..3);
    (proptest::option::of(list()), list(), list()).prop_map(|(editable, sensitive, critical)| {
        let read = |texts: Vec<String>| -> Vec<PointerPattern> {
            let read = |text: &String| PointerPattern::parse(text).unwrap();
            texts.iter().map(read).collect()
        };
        let mut policy = parse("a.policy.json", "{}").unwrap();
        policy.editable = editable.map(read);
        policy.sensitive = read(sensitive);
        policy.critical = read(critical);
        policy
    })
}

/// Two texts; half of the time objects, which have more in common.
fn two() -> impl Strategy<Value = [String; 2]> {
    prop_oneof![
        [text(), text()],
        [plain_json_object(), plain_json_object()].prop_flat_map(|[one, other]| {
            [with_json_strings(Just(one)), with_json_strings(Just(other))]
        }),
    ]
}

proptest! {
    #![proptest_config(bounded(1_000))]

    #[test]
    fn the_decision_is_that_of_a_plain_comparison_of_all_pointers(
        [before, after] in two(),
        policy in policy(),
    ) {
        let [old, new] = [&before, &after].map(|text| Document::parse(text).unwrap());
        let found = changed_places(&policy, Before::Document(&old), &new);
        let changed = naively_changed(&before, &after);
        let refused = policy.editable.as_ref().is_some_and(|editable| {
            changed.iter().any(|steps| !any_covers(editable, steps))
        });
        prop_assert_eq!(!found.not_editable.is_empty(), refused);
        let touched =
            |patterns: &[PointerPattern]| touches(patterns, &changed, &[&before, &after]);
        prop_assert_eq!(!found.sensitive.is_empty(), touched(&policy.sensitive));
        prop_assert_eq!(!found.critical.is_empty(), touched(&policy.critical));
    }

    #[test]
    fn a_new_document_touches_what_it_has(after in text(), policy in policy()) {
        let new = Document::parse(&after).unwrap();
        let found = changed_places(&policy, Before::Nothing, &new);
        let mut all = BTreeMap::new();
        places(&new.to_value().unwrap(), &mut Vec::new(), &mut all);
        let all: Vec<Vec<String>> = all.into_keys().collect();
        let touched = |patterns: &[PointerPattern]| touches(patterns, &all, &[&after]);
        prop_assert!(found.not_editable.is_empty());
        prop_assert_eq!(!found.sensitive.is_empty(), touched(&policy.sensitive));
        prop_assert_eq!(!found.critical.is_empty(), touched(&policy.critical));
    }

    #[test]
    fn a_document_beside_itself_changes_nothing(text in plain_json(), policy in policy()) {
        let document = Document::parse(&text).unwrap();
        let pretty = document.pretty();
        let pretty = Document::parse(&pretty).unwrap();
        let found = changed_places(&policy, Before::Document(&document), &pretty);
        prop_assert_eq!(found, Default::default());
    }
}
