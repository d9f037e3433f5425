//! How a part is found, shown and put back.
#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;
use crate::domain::json::arbitrary::{any_json, bounded, plain_json};

const TEXT: &str =
    r#"{ "a":[10,{"x":null}], "":1, "b/c~d":{"0":"é"}, "two":1,"two":2, "in":{"two":{}} }"#;

#[test]
fn a_part_is_found_where_every_step_names_one_value() {
    let document = Document::parse(TEXT).unwrap();
    let found = |pointer| find(&document, pointer).map(|at| document.token(at));
    assert_eq!(found("").unwrap(), TEXT.trim());
    for (pointer, part) in [
        ("/a/1/x", "null"),
        ("/", "1"),
        ("/b~1c~0d/0", "\"é\""),
        ("/in/two", "{}"),
    ] {
        assert_eq!(found(pointer).unwrap(), part);
    }
    for (pointer, why) in [
        ("a", "begins with a slash"),
        ("/b~2", "~0"),
        ("/a/2", "nothing at"),
        ("/a/01", "nothing at"),
        ("/a/-", "nothing at"),
        ("/two", "Two members"),
    ] {
        let told = found(pointer).unwrap_err().to_string();
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn an_outline_has_a_page_of_rows() {
    let document = Document::parse(TEXT).unwrap();
    let whole = outline(&document, (0, ""), 1, 2);
    assert_eq!((whole.kind, whole.total, whole.shown), ("object", 6, 1..3));
    let pointers: Vec<_> = whole.rows.iter().map(|row| &*row.pointer).collect();
    assert_eq!(pointers, ["/", "/b~1c~0d"]);
    assert_eq!(
        (whole.rows[0].kind, &*whole.rows[0].preview),
        ("number", "1")
    );
    let past = outline(&document, (0, ""), 99, 2);
    assert_eq!((past.rows.len(), past.shown), (0, 6..6));
    let long = format!("[\"{}\"]", "ü".repeat(500));
    let long = Document::parse(&long).unwrap();
    let row = &outline(&long, (0, ""), 0, 9).rows[0];
    assert_eq!(row.preview.chars().count(), PREVIEW + 1);
}

#[test]
fn a_faulty_part_is_refused_with_its_place() {
    let document = Document::parse(TEXT).unwrap();
    for typed in ["", "{oops", r#"{"a":1,"a":2}"#] {
        assert!(matches!(put_in(&document, 1, typed), PartDraft::Faulty(_)));
    }
    let deep = format!("{}{}", "[".repeat(511), "]".repeat(511));
    let inner = find(&document, "/a/1").unwrap();
    assert!(matches!(
        put_in(&document, inner, &deep),
        PartDraft::Faulty(_)
    ));
    let outer = find(&document, "/a").unwrap();
    assert!(matches!(
        put_in(&document, outer, &deep),
        PartDraft::Change(_)
    ));
}

#[test]
fn a_problem_of_the_whole_data_has_its_place_in_the_part() {
    let problem = |pointer: &str| TextProblem {
        pointer: Some(pointer.to_owned()),
        ..TextProblem::default()
    };
    let problems = vec![problem("/a/n"), problem("/ab"), problem("/a")];
    let placed = placed(problems, "/a", "{\n \"n\": 1}");
    let places: Vec<_> = placed.iter().map(|one| (one.line, one.column)).collect();
    assert_eq!(places, [(2, 7), (1, 1), (1, 1)]);
}

proptest! {
    #![proptest_config(bounded(2_000))]

    #[test]
    fn a_part_put_in_changes_that_value_and_no_byte_outside(
        text in any_json(), pick in any::<prop::sample::Index>(), part in plain_json()
    ) {
        let document = Document::parse(&text.spaced).unwrap();
        // A key is no value.
        let mut values = vec![0];
        let mut index = 0;
        while let Some(&at) = values.get(index) {
            match document.kind(at) {
                NodeKind::Object => values.extend(document.members(at).map(|(_, value)| value)),
                NodeKind::Array => values.extend(document.elements(at)),
                NodeKind::Scalar => {}
            }
            index += 1;
        }
        let at = values[pick.index(values.len())];
        let range = document.range(at);
        match put_in(&document, at, &part) {
            PartDraft::Unchanged => prop_assert!(
                document.same_at(at, &Document::parse(&part).unwrap(), 0)
            ),
            PartDraft::Change(after) => {
                let spaced = &text.spaced;
                prop_assert_eq!(&after[..range.start], &spaced[..range.start]);
                let rest = &spaced[range.end..];
                prop_assert_eq!(&after[after.len() - rest.len()..], rest);
                let after = Document::parse(&after).unwrap();
                prop_assert_eq!(after.token(at), &part);
            }
            PartDraft::Faulty(faults) => prop_assert!(false, "{:?}", faults),
        }
    }
}
