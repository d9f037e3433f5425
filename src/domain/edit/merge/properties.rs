//! Properties of every merge.
#![allow(clippy::unwrap_used)]

use super::{Merge, merge};
use crate::domain::json::arbitrary::{bounded, plain_json, plain_json_object};
use crate::domain::json::{Document, join_pointer};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// Three texts; half of the time objects, which have more in common.
fn three() -> impl Strategy<Value = [String; 3]> {
    prop_oneof![
        [plain_json(), plain_json(), plain_json()],
        [
            plain_json_object(),
            plain_json_object(),
            plain_json_object()
        ],
    ]
}

fn merged(base: &str, theirs: &str, mine: &str) -> Result<String, Vec<String>> {
    let [base, theirs, mine] = [base, theirs, mine].map(|text| Document::parse(text).unwrap());
    match merge(&base, &theirs, &mine) {
        Merge::Clean(text) => Ok(Document::parse(&text).unwrap().compact()),
        Merge::Conflict(pointers) => Err(pointers),
    }
}

/// The numbers, strings and literals of a document, with their places.
fn scalars(text: &str) -> BTreeMap<String, String> {
    fn gather(value: &Value, here: String, all: &mut BTreeMap<String, String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    gather(member, join_pointer(&here, name), all);
                }
            }
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    gather(element, join_pointer(&here, &index.to_string()), all);
                }
            }
            scalar => {
                all.insert(here, scalar.to_string());
            }
        }
    }
    let mut all = BTreeMap::new();
    let value = Document::parse(text).unwrap().to_value().unwrap();
    gather(&value, String::new(), &mut all);
    all
}

proptest! {
    #![proptest_config(bounded(128))]

    #[test]
    fn a_side_that_changed_nothing_leaves_the_other_as_it_is([base, other, _] in three()) {
        prop_assert_eq!(merged(&base, &other, &base), Ok(other.clone()));
        prop_assert_eq!(merged(&base, &base, &other), Ok(other));
    }

    #[test]
    fn two_equal_sides_are_what_they_are([base, both, _] in three()) {
        prop_assert_eq!(merged(&base, &both, &both), Ok(both));
    }

    #[test]
    fn whatever_one_side_wrote_or_removed_is_so_in_the_merge([base, theirs, mine] in three()) {
        let Ok(merge) = merged(&base, &theirs, &mine) else {
            return Ok(());
        };
        let [before, after] = [&base, &merge].map(|text| scalars(text));
        for side in [&theirs, &mine].map(|text| scalars(text)) {
            for (place, value) in &side {
                if before.get(place) != Some(value) {
                    prop_assert_eq!(after.get(place), Some(value), "{} in {}", place, merge);
                }
            }
            for place in before.keys().filter(|place| !side.contains_key(*place)) {
                let kept = after.get(place).filter(|value| before.get(place) == Some(value));
                prop_assert_eq!(kept, None, "{} in {}", place, merge);
            }
        }
    }

    #[test]
    fn sides_conflict_whichever_is_called_mine([base, theirs, mine] in three()) {
        let there = merged(&base, &theirs, &mine).map_err(|mut places| { places.sort(); places });
        let back = merged(&base, &mine, &theirs).map_err(|mut places| { places.sort(); places });
        match (there, back) {
            (Ok(there), Ok(back)) => prop_assert_eq!(scalars(&there), scalars(&back)),
            (there, back) => prop_assert_eq!(there, back),
        }
    }
}
