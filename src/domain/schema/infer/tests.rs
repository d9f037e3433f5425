//! Which schema is learned from which documents.

use super::budget::DEEPEST;
use super::*;
use crate::domain::schema::Schema;

const NONE: Hides<'static> = &|_| false;

fn learned_with(documents: &[String], ranges: bool, hides: Hides<'_>) -> Value {
    let mut inference = Inference::new(hides);
    for text in documents {
        inference.add(&Document::parse(text).unwrap()).unwrap();
    }
    assert_eq!(inference.documents(), documents.len() as u64);
    let text = inference.schema("A draft.", ranges);
    let schema = Schema::compile("learned.json", &text).unwrap();
    for text in documents {
        let found = schema.check(&Document::parse(text).unwrap()).unwrap();
        assert_eq!(found, [], "{text} under {}", schema.pretty());
    }
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    let members = schema.as_object_mut().unwrap();
    assert_eq!(members.shift_remove("$comment"), Some(json!("A draft.")));
    let draft = members.shift_remove("$schema").unwrap();
    assert_eq!(draft, "https://json-schema.org/draft/2020-12/schema");
    schema
}

fn learned(documents: &[&str]) -> Value {
    let documents: Vec<String> = documents.iter().map(|&text| text.to_owned()).collect();
    learned_with(&documents, false, NONE)
}

/// The schema of `value` where there are so many documents of `{"v": …}`.
fn of_values(values: impl Iterator<Item = Value>, ranges: bool) -> Value {
    let documents: Vec<String> = values
        .map(|value| json!({ "v": value }).to_string())
        .collect();
    learned_with(&documents, ranges, NONE)["properties"]["v"].take()
}

#[test]
fn types_members_that_are_never_missing_arrays_and_null_are_told() {
    assert_eq!(
        learned(&[
            r#"{"to":"ann","n":1,"lines":[{"sku":"A","q":1},{"sku":"B"}],"note":null,"ok":true}"#,
            r#"{"to":"ben","n":2.50,"lines":[],"note":"x","ok":false,"more":{}}"#,
        ]),
        json!({
            "type": "object",
            "properties": {
                "to": {"type": "string"},
                "n": {"type": "number"},
                "lines": {"type": "array", "items": {
                    "type": "object",
                    "properties": {"sku": {"type": "string"}, "q": {"type": "integer"}},
                    "required": ["sku"],
                }},
                "note": {"type": ["string", "null"]},
                "ok": {"type": "boolean"},
                "more": {"type": "object"},
            },
            "required": ["to", "n", "lines", "note", "ok"],
        })
    );
    assert_eq!(
        learned(&["[]", "[1,\"a\"]"])["items"],
        json!({"type": ["string", "integer"]})
    );
    assert_eq!(learned(&[]), json!({}));
}

#[test]
fn a_whole_number_is_one_without_decimals_and_exponent() {
    for (numbers, kind) in [
        (["1", "-12345678901234567890"], "integer"),
        (["1", "2.0"], "number"),
        (["1", "1e3"], "number"),
        (["0", "-0"], "integer"),
    ] {
        assert_eq!(learned(&numbers), json!({ "type": kind }), "{numbers:?}");
    }
}

#[test]
fn a_format_and_a_set_of_values_are_told_where_enough_documents_have_them() {
    let days = |count: usize| (0..count).map(|n| json!(format!("2030-01-{:02}", n % 28 + 1)));
    assert_eq!(of_values(days(9), false), json!({"type": "string"}));
    let date = json!({"type": "string", "format": "date"});
    assert_eq!(of_values(days(10), false), date);
    let with_null = days(10).chain([Value::Null]);
    assert_eq!(
        of_values(with_null, false),
        json!({"type": ["string", "null"], "format": "date"})
    );

    let few_days = days(3).cycle().take(30);
    assert_eq!(
        of_values(few_days, false),
        date,
        "a few dates are a sample of many"
    );

    let states =
        |count: usize, kinds: usize| (0..count).map(move |n| json!(format!("s{}", n % kinds)));
    let few = json!({"type": "string", "enum": ["s0", "s1", "s2"]});
    assert_eq!(of_values(states(21, 3), false), few);
    let text = json!({"type": "string"});
    for (count, kinds) in [(19, 3), (40, 11), (24, 6)] {
        assert_eq!(
            of_values(states(count, kinds), false),
            text,
            "{count} of {kinds}"
        );
    }
    let once = states(40, 2).chain([json!("rare")]);
    assert_eq!(
        of_values(once, false),
        text,
        "a value that is there once may have others beside it"
    );
    let nullable = states(40, 2).chain([Value::Null]);
    assert_eq!(
        of_values(nullable, false),
        json!({"type": ["string", "null"], "enum": ["s0", "s1", null]})
    );
    let mixed = states(40, 2).chain([json!(1)]);
    assert_eq!(
        of_values(mixed, false),
        json!({"type": ["string", "integer"]})
    );
}

#[test]
fn ranges_are_told_only_if_they_are_asked_for_and_in_exact_digits() {
    let documents = [
        r#"{"n":12345678901234567890.10,"s":"é","a":[1]}"#,
        r#"{"n":-2,"s":"abc","a":[1,2,3]}"#,
    ];
    let documents = documents.map(str::to_owned);
    let plain = learned_with(&documents, false, NONE).to_string();
    assert!(!plain.contains("min") && !plain.contains("max"), "{plain}");
    let ranged = learned_with(&documents, true, NONE);
    assert_eq!(
        ranged["properties"].to_string(),
        concat!(
            r#"{"n":{"type":"number","minimum":-2,"maximum":12345678901234567890.10},"#,
            r#""s":{"type":"string","minLength":1,"maxLength":3},"#,
            r#""a":{"type":"array","items":{"type":"integer","minimum":1,"maximum":3},"minItems":1,"maxItems":3}}"#
        )
    );
    assert_eq!(
        of_values([json!(1)].into_iter(), true),
        json!({"type": "integer", "minimum": 1, "maximum": 1})
    );
    let exponent = vec!["[1,1e400]".to_owned()];
    assert_eq!(
        learned_with(&exponent, true, NONE)["items"],
        json!({"type": "number"})
    );
}

#[test]
fn an_object_whose_names_are_ids_is_a_map() {
    let map = json!({"type": "object", "additionalProperties": {
        "type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}});
    assert_eq!(
        learned(&[
            r#"{"1001":{"n":1},"1002":{"n":2},"1003":{"n":3}}"#,
            r#"{"1004":{"n":4}}"#
        ]),
        map
    );
    let many: Vec<String> = (0..150)
        .map(|n| format!("\"w{}\":{{\"n\":1}}", "x".repeat(n)))
        .collect();
    assert_eq!(learned(&[&format!("{{{}}}", many.join(","))]), map);
    let years = r#"{"2023":1,"2024":2,"2025":3}"#;
    let chosen = learned(&[years, years]);
    assert_eq!(chosen["required"], json!(["2023", "2024", "2025"]));
    // An object that becomes a map late keeps what its members were.
    let early = r#"{"a":"text"}"#;
    let late: Vec<String> = (0..150).map(|n| format!("\"k{n}\":1")).collect();
    let values = &learned(&[early, &format!("{{{}}}", late.join(","))])["additionalProperties"];
    assert_eq!(*values, json!({"type": ["string", "integer"]}));
}

#[test]
fn what_is_too_deep_or_too_much_is_left_open() {
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    let schema = learned(&[&deep]).to_string();
    assert_eq!(schema.matches("items").count(), DEEPEST + 1);
    let inner: Vec<String> = (0..60).map(|n| format!("\"m{n}\":[[1]]")).collect();
    let inner = inner.join(",");
    let outer: Vec<String> = (0..60).map(|n| format!("\"o{n}\":{{{inner}}}")).collect();
    let schema = learned(&[&format!("{{{}}}", outer.join(","))]).to_string();
    assert!(schema.matches("\"type\"").count() <= MOST_PLACES + 1);
}

#[test]
fn values_of_members_that_are_hidden_are_not_in_the_schema() {
    let hides: Hides<'_> = &|name| name.contains("token");
    let documents: Vec<String> = (0..40)
        .map(|_| {
            r#"{"token":"hunter2","tokens":[{"v":"hunter2","n":4711}],"open":"yes"}"#.to_owned()
        })
        .collect();
    let schema = learned_with(&documents, true, hides);
    let text = schema.to_string();
    assert!(
        !text.contains("hunter2") && !text.contains("4711"),
        "{text}"
    );
    assert_eq!(schema["properties"]["token"], json!({"type": "string"}));
    assert_eq!(schema["properties"]["open"]["enum"], json!(["yes"]));
}
