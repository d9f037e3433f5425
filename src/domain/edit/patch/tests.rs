//! Patches of chosen pairs, and of hundreds of generated ones.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::domain::json::MAX_EDIT_DEPTH;

fn value(text: &str) -> Value {
    Document::parse(text).unwrap().to_value().unwrap()
}

fn hiding(names: &[&str]) -> Redactor {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    Redactor::new(&names, b"key")
}

const NO_LIMIT: Limit = Limit {
    changes: usize::MAX,
    bytes: usize::MAX,
};

/// The patch between two texts, without a limit.
fn between(before: &str, after: &str) -> Patch {
    let (before, after) = (
        Document::parse(before).unwrap(),
        Document::parse(after).unwrap(),
    );
    Patch::between(&before, &after, &hiding(&[]), NO_LIMIT).unwrap()
}

fn patch(before: &str, after: &str) -> String {
    between(before, after).to_json()
}

#[test]
fn a_patch_tests_what_it_takes_away() {
    for (before, after, expected) in [
        ("{\"a\":1}", "{\"a\":1}", "[]"),
        ("{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", "[]"),
        ("\"\\u0041\"", "\"A\"", "[]"),
        (
            "1.0",
            "1.00",
            r#"[{"op":"test","path":"","value":1.0},{"op":"replace","path":"","value":1.00}]"#,
        ),
        (
            "{\"a\":1e400}",
            "{\"a\":1E400}",
            r#"[{"op":"test","path":"/a","value":1e400},{"op":"replace","path":"/a","value":1E400}]"#,
        ),
        (
            "{}",
            "{\"x/~y\":[1]}",
            r#"[{"op":"add","path":"/x~1~0y","value":[1]}]"#,
        ),
        (
            "{\"\":12345678901234567890123}",
            "{}",
            r#"[{"op":"test","path":"/","value":12345678901234567890123},{"op":"remove","path":"/"}]"#,
        ),
        (
            "[1,2,3]",
            "[1]",
            r#"[{"op":"test","path":"/2","value":3},{"op":"remove","path":"/2"},{"op":"test","path":"/1","value":2},{"op":"remove","path":"/1"}]"#,
        ),
        (
            "[2,3]",
            "[1,2,3]",
            r#"[{"op":"add","path":"/0","value":1}]"#,
        ),
        (
            "[]",
            "[1,2]",
            r#"[{"op":"add","path":"/0","value":1},{"op":"add","path":"/1","value":2}]"#,
        ),
        (
            "[[1]]",
            "{\"0\":1}",
            r#"[{"op":"test","path":"","value":[[1]]},{"op":"replace","path":"","value":{"0":1}}]"#,
        ),
        (
            "{\"a\":null}",
            "{}",
            r#"[{"op":"test","path":"/a","value":null},{"op":"remove","path":"/a"}]"#,
        ),
    ] {
        assert_eq!(patch(before, after), expected, "{before} {after}");
    }
}

#[test]
fn a_patch_fits_only_the_document_it_was_made_for() {
    let patch = between("{\"a\":1.0,\"b\":2}", "{\"a\":3,\"b\":2}");
    assert_eq!(
        patch.apply(&value("{\"a\":1.0,\"b\":9}")).unwrap(),
        value("{\"a\":3,\"b\":9}")
    );
    for other in ["{\"a\":1.00,\"b\":2}", "{\"b\":2}", "[]", "1"] {
        let error = patch.apply(&value(other)).unwrap_err().to_string();
        assert!(
            error.starts_with("the patch does not fit: at \"/a\""),
            "{error}"
        );
    }
}

#[test]
fn changes_are_shown_with_both_values() {
    let patch = between(
        "{\"a\":1.0,\"b\":[1]}",
        "{\"a\":\"ü\",\"b\":[],\"c\":{\"d\":null}}",
    );
    let change = |pointer: &str, before: Option<&str>, after: Option<&str>| Change {
        pointer: pointer.to_owned(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    };
    let expected = [
        change("/a", Some("1.0"), Some("\"ü\"")),
        change("/b/0", Some("1"), None),
        change("/c", None, Some("{\"d\":null}")),
    ];
    assert_eq!(patch.changes(), expected);
}

#[test]
fn what_is_no_patch_of_ours_is_refused() {
    for text in [
        "",
        "{}",
        "[1]",
        "[{}]",
        r#"[{"op":"remove","path":"/a"}]"#,
        r#"[{"op":"replace","path":"/a","value":1}]"#,
        r#"[{"op":"test","path":"/a","value":1}]"#,
        r#"[{"op":"test","path":"/a","value":1},{"op":"remove","path":"/b"}]"#,
        r#"[{"op":"test","path":"/a","value":1},{"op":"add","path":"/a","value":1}]"#,
        r#"[{"op":"move","path":"/a","from":"/b"}]"#,
        r#"[{"op":"add","path":"/a"}]"#,
        r#"[{"op":"add","path":"a","value":1}]"#,
    ] {
        assert!(Patch::parse(text).is_err(), "{text}");
    }
}

#[test]
fn data_that_looks_like_serde_jsons_own_is_only_data() {
    let before = "{\"a\":{\"$serde_json::private::Number\":\"1\"},\"b\":1}";
    let after = "{\"a\":{\"$serde_json::private::RawValue\":\"[\"}}";
    let patch = Patch::parse(&patch(before, after)).unwrap();
    assert_eq!(patch.apply(&value(before)).unwrap(), value(after));
}

/// Pseudo-random numbers that are the same on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }

    fn json(&mut self, levels: usize) -> String {
        const SCALARS: [&str; 9] = [
            "0",
            "1",
            "1.0",
            "1.00",
            "null",
            "true",
            "\"\"",
            "\"ü\"",
            "12345678901234567890123",
        ];
        const NAMES: [&str; 6] = ["a", "b", "", "x/y", "~", "ü"];
        match self.below(if levels == 0 { 1 } else { 3 }) {
            0 => SCALARS[self.below(SCALARS.len())].to_owned(),
            1 => {
                let elements: Vec<String> =
                    (0..self.below(5)).map(|_| self.json(levels - 1)).collect();
                format!("[{}]", elements.join(","))
            }
            _ => {
                let named = |dice: &mut Dice| {
                    format!(
                        "\"{}\":{}",
                        NAMES[dice.below(NAMES.len())],
                        dice.json(levels - 1)
                    )
                };
                let members: Vec<String> = (0..self.below(5)).map(|_| named(self)).collect();
                format!("{{{}}}", members.join(","))
            }
        }
    }
}

#[test]
fn any_patch_leads_there_and_back_and_survives_being_written() {
    let mut dice = Dice(7);
    let mut changed = 0;
    for _ in 0..1_000 {
        let (before, after) = (dice.json(4), dice.json(4));
        let patch = between(&before, &after);
        let (before, after) = (value(&before), value(&after));
        assert_eq!(patch.apply(&before).unwrap(), after, "{before} {after}");
        assert_eq!(
            patch.inverse().apply(&after).unwrap(),
            before,
            "{before} {after}"
        );
        assert_eq!(patch.inverse().inverse(), patch);
        assert_eq!(Patch::parse(&patch.to_json()).unwrap(), patch);
        assert_eq!(patch.is_empty(), before == after);
        changed += usize::from(!patch.is_empty());
    }
    assert!(changed > 800);
}

#[test]
fn the_deepest_documents_and_the_longest_arrays_are_compared() {
    let nested = |core: &str| {
        format!(
            "{}{core}{}",
            "[".repeat(MAX_EDIT_DEPTH),
            "]".repeat(MAX_EDIT_DEPTH)
        )
    };
    let deep = between(&nested(""), "null");
    assert_eq!(
        Patch::parse(&deep.to_json())
            .unwrap()
            .apply(&value(&nested("")))
            .unwrap(),
        Value::Null
    );
    assert_eq!(between(&nested("1"), &nested("2")).changes().len(), 1);
    let long = format!("[{}0]", "1,".repeat(50_000));
    let shortened = between(&long, "[5]");
    let long = value(&long);
    assert_eq!(
        shortened
            .inverse()
            .apply(&shortened.apply(&long).unwrap())
            .unwrap(),
        long
    );
}

#[test]
fn a_patch_ends_at_its_limit_with_the_first_changes() {
    let (before, after) = ("[1,2,3,4]", "[5,6,7,8]");
    let documents = [before, after].map(|text| Document::parse(text).unwrap());
    let limited = |changes, bytes| {
        let limit = Limit { changes, bytes };
        Patch::between(&documents[0], &documents[1], &hiding(&[]), limit)
    };
    assert_eq!(limited(4, 4_000), Ok(between(before, after)));
    let first = limited(2, 4_000).unwrap_err().changes();
    assert_eq!(first, between(before, after).changes()[..2]);
    assert_eq!(limited(4, 200).unwrap_err().changes().len(), 2);
    assert_eq!(
        limited(4, 200)
            .unwrap_err()
            .beginning(1, 4_000)
            .changes()
            .len(),
        1
    );
    assert!(limited(4, 200).unwrap_err().beginning(9, 10).is_empty());
}

#[test]
fn what_is_hidden_is_hidden_in_a_patch_wherever_it_is() {
    let pairs = [
        (r#"{"a":{"password":"x"}}"#, r#"{"a":{"password":"y"}}"#),
        (r#"[{"password":"x"},1]"#, r#"[1]"#),
        (r#"{"password":{"x":1}}"#, r#"{"b":[{"password":["y"]}]}"#),
        (r#"{"password":"x","n":1}"#, r#"{"n":2,"password":"x"}"#),
    ];
    for (before, after) in pairs {
        let redactor = hiding(&["password"]);
        let hidden = |text: &str| redactor.apply(&value(text)).to_string();
        let documents = [before, after].map(|text| Document::parse(text).unwrap());
        let patch = Patch::between(&documents[0], &documents[1], &redactor, NO_LIMIT).unwrap();
        assert_eq!(patch, between(&hidden(before), &hidden(after)));
        assert!(!patch.to_json().contains("\"x\""), "{}", patch.to_json());
    }
}

#[test]
fn a_patch_can_replace_what_was_no_json() {
    let patch = Patch::replacing_all(value("{\"a\":1.0}"));
    assert_eq!(
        patch.to_json(),
        r#"[{"op":"add","path":"","value":{"a":1.0}}]"#
    );
    assert_eq!(patch.apply(&Value::Null).unwrap(), value("{\"a\":1.0}"));
    assert_eq!(Patch::parse(&patch.to_json()).unwrap(), patch);
    assert!(patch.inverse().apply(&Value::Null).is_err());
}
