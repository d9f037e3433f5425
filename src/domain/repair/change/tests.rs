#![allow(clippy::unwrap_used)]
use std::sync::Arc;

use super::*;
use crate::domain::schema::Schema;

const MOST: usize = 1_000_000;

fn patch(text: &str) -> ChangeSpec {
    ChangeSpec::Patch {
        patch: text.to_owned(),
    }
}

fn merge(text: &str) -> ChangeSpec {
    ChangeSpec::Merge {
        merge: text.to_owned(),
    }
}

fn step(what: &str, at: &str, to: &str) -> ChangeSpec {
    let [what, at, to] = [what, at, to].map(str::to_owned);
    ChangeSpec::Steps {
        steps: vec![Step { what, at, to }],
    }
}

fn under(change: &ChangeSpec, text: &str, schema: &InForce) -> Result<Changed, NotChanged> {
    change.ready().unwrap().apply(text, schema, MOST)
}

fn made(change: &ChangeSpec, text: &str) -> String {
    under(change, text, &InForce::Nothing).unwrap().text
}

fn schema(text: &str) -> InForce {
    InForce::Schema(Arc::new(Schema::compile("a.json", text).unwrap()))
}

#[test]
fn what_a_patch_does_not_name_keeps_its_bytes() {
    let text = "{ \"z\" : 1.0, \"a\":[1e400 ,\"\\u00e9\\ud800\"],\n\"b\":{\"c\":2} }";
    for (change, after) in [
        (
            r#"[{"op":"replace","path":"/b/c","value":3.50}]"#,
            "{ \"z\" : 1.0, \"a\":[1e400 ,\"\\u00e9\\ud800\"],\n\"b\":{\"c\":3.50} }",
        ),
        (
            r#"[{"op":"remove","path":"/z"}]"#,
            "{ \"a\":[1e400 ,\"\\u00e9\\ud800\"],\n\"b\":{\"c\":2} }",
        ),
        (
            r#"[{"op":"remove","path":"/b"}]"#,
            "{ \"z\" : 1.0, \"a\":[1e400 ,\"\\u00e9\\ud800\"] }",
        ),
        (
            r#"[{"op":"move","from":"/a/1","path":"/s"}]"#,
            "{ \"z\" : 1.0, \"a\":[1e400],\n\"b\":{\"c\":2},\n\"s\":\"\\u00e9\\ud800\" }",
        ),
    ] {
        assert_eq!(made(&patch(change), text), after, "{change}");
    }
}

#[test]
fn the_examples_of_rfc_7396_come_out_as_it_says() {
    for (text, change, after) in [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, r#"{}"#),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
        (
            r#"{"a":{"b":"c"}}"#,
            r#"{"a":{"b":"d","c":null}}"#,
            r#"{"a":{"b":"d"}}"#,
        ),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
        (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
        (r#"{"a":"foo"}"#, "null", "null"),
        (r#"{"a":"foo"}"#, "\"bar\"", "\"bar\""),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
        ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
        ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
    ] {
        assert_eq!(made(&merge(change), text), after, "{text} with {change}");
    }
}

#[test]
fn a_step_changes_every_place_that_its_pattern_means() {
    let lines = r#"{"lines":[{"q":"1","x":1},{"q":2},{"x":3}],"n":null}"#;
    for (change, after) in [
        (
            step("convert", "/lines/*/q", "number"),
            r#"{"lines":[{"q":1,"x":1},{"q":2},{"x":3}],"n":null}"#,
        ),
        (
            step("set", "/lines/*/q", "0"),
            r#"{"lines":[{"q":0,"x":1},{"q":0},{"x":3,"q":0}],"n":null}"#,
        ),
        (step("remove", "/lines/*", ""), r#"{"lines":[],"n":null}"#),
        (
            step("rename", "/lines/*/x", "y/z"),
            r#"{"lines":[{"q":"1","y/z":1},{"q":2},{"y/z":3}],"n":null}"#,
        ),
    ] {
        assert_eq!(made(&change, lines), after, "{change:?}");
    }
}

#[test]
fn a_step_reads_the_text_once_however_many_places_it_means() {
    let items = |one: &str| format!("{{\"items\":[{}]}}", vec![one; 300_000].join(","));
    // Read anew for each place, this would take hours.
    for (change, before, after) in [
        (
            step("set", "/items/*/x", "1"),
            r#"{"y":2}"#,
            r#"{"y":2,"x":1}"#,
        ),
        (step("remove", "/items/*/y", ""), r#"{"y":2}"#, "{}"),
        (
            step("rename", "/items/*/y", "z"),
            r#"{"y":2}"#,
            r#"{"z":2}"#,
        ),
        (
            step("convert", "/items/*/y", "number"),
            r#"{"y":"2"}"#,
            r#"{"y":2}"#,
        ),
    ] {
        let ready = change.ready().unwrap();
        let made = ready.apply(&items(before), &InForce::Nothing, 10_000_000);
        let made = made.unwrap();
        assert_eq!(made.places, 300_000, "{change:?}");
        assert!(made.text == items(after), "{change:?}");
    }
    let all = step("remove", "/items/*", "").ready().unwrap();
    let made = all.apply(&items("1"), &InForce::Nothing, 10_000_000);
    assert_eq!(made.unwrap().text, r#"{"items":[]}"#);
}

#[test]
fn what_the_schema_asks_for_is_made_in_all_places_of_a_pattern_at_once() {
    let schema =
        schema(r#"{"properties":{"items":{"items":{"properties":{"n":{"type":"number"}}}}}}"#);
    let items = |one: &str| format!("{{\"items\":[{}],\"n\":\"1\"}}", vec![one; 1_000].join(","));
    let converted = step("convert", "/items/*/n", "schema");
    let made = under(&converted, &items(r#"{"n":"2"}"#), &schema).unwrap();
    assert_eq!((made.text, made.places), (items(r#"{"n":2}"#), 1_000));
    let guess = r#"{"items":[{"n":"2"},{"n":"two"}]}"#;
    assert_eq!(under(&converted, guess, &schema), Err(NotChanged::NoFix));
}

#[test]
fn more_is_never_written_than_a_text_may_have_and_more_never_read_than_the_bound() {
    let wide = format!("[{}]", vec!["{}"; 300_000].join(","));
    let long = step("set", "/*/x", &format!("\"{}\"", "x".repeat(100_000)));
    assert_eq!(
        under(&long, &wide, &InForce::Nothing),
        Err(NotChanged::TooLarge)
    );
    let one = Step {
        what: "set".to_owned(),
        at: "/*".to_owned(),
        to: "1".to_owned(),
    };
    let many = ChangeSpec::Steps {
        steps: vec![one; MOST_OPERATIONS],
    };
    let wide = format!("[{}]", vec!["1"; 2_000_000].join(","));
    let said = many
        .ready()
        .unwrap()
        .apply(&wide, &InForce::Nothing, 10_000_000);
    assert!(
        matches!(&said, Err(NotChanged::Unfitting(why)) if why.contains("too large")),
        "{said:?}"
    );
}

#[test]
fn a_step_whose_field_is_right_or_missing_changes_nothing() {
    for (change, text) in [
        (step("set", "/a", "1.0"), r#"{"a":1.0}"#),
        (step("remove", "/b", ""), r#"{"a":1}"#),
        (step("rename", "/b", "c"), r#"{"c":1}"#),
        (step("convert", "/a", "number"), r#"{"a":1e2}"#),
        (step("convert", "/a", "string"), r#"{"a":"x"}"#),
        (step("convert", "/b", "boolean"), r#"{"a":"x"}"#),
    ] {
        let changed = under(&change, text, &InForce::Nothing).unwrap();
        assert_eq!(
            (changed.text.as_str(), changed.places),
            (text, 0),
            "{change:?}"
        );
    }
}

#[test]
fn a_value_is_converted_only_where_that_is_no_question_of_meaning() {
    let all = |text: &str, to: &str| {
        under(
            &step("convert", "/a", to),
            &format!("{{\"a\":{text}}}"),
            &InForce::Nothing,
        )
        .map(|changed| changed.text)
    };
    for (text, to, after) in [
        ("\"12,50\"", "number", "12.5"),
        ("\"42\"", "integer", "42"),
        (
            "12345678901234567890.10",
            "string",
            "\"12345678901234567890.10\"",
        ),
        ("\" TRUE\"", "boolean", "true"),
        ("false", "string", "\"false\""),
    ] {
        assert_eq!(all(text, to), Ok(format!("{{\"a\":{after}}}")), "{text}");
    }
    for (text, to) in [
        ("\"1,234\"", "number"),
        ("\"12.5\"", "integer"),
        ("12.5", "integer"),
        ("null", "number"),
        ("[1]", "string"),
        ("1", "boolean"),
    ] {
        assert!(
            matches!(all(text, to), Err(NotChanged::Unfitting(_))),
            "{text}"
        );
    }
}

#[test]
fn the_quick_fixes_are_made_where_each_is_the_only_one() {
    let schema = schema(
        r#"{"type":"object","required":["currency"],"properties":{
            "amount":{"type":"number"},"count":{"type":"integer"},"currency":{"const":"EUR"}}}"#,
    );
    let fixed = under(
        &ChangeSpec::Fixes,
        r#"{"amount":"12.50","count":"3"}"#,
        &schema,
    )
    .unwrap();
    assert_eq!(fixed.text, r#"{"amount":12.5,"count":3,"currency":"EUR"}"#);
    assert_eq!(fixed.places, 3);
    let right = under(&ChangeSpec::Fixes, &fixed.text, &schema).unwrap();
    assert_eq!(right.places, 0);
    let guess = r#"{"amount":"twelve","currency":"EUR"}"#;
    assert_eq!(
        under(&ChangeSpec::Fixes, guess, &schema),
        Err(NotChanged::NoFix)
    );
    let converted = step("convert", "/amount", "schema");
    let one = under(&converted, r#"{"amount":"12.50","count":"3"}"#, &schema).unwrap();
    assert_eq!(one.text, r#"{"amount":12.5,"count":"3"}"#);
}

#[test]
fn a_text_whose_places_are_not_clear_or_that_grows_too_large_is_left() {
    let replace = patch(r#"[{"op":"replace","path":"/a","value":2}]"#);
    let apply = |text: &str| under(&replace, text, &InForce::Nothing);
    assert_eq!(apply("{oops"), Err(NotChanged::NotJson));
    assert_eq!(apply(r#"{"a":1,"\u0061":1}"#), Err(NotChanged::Doubled));
    assert!(matches!(apply(r#"{"b":1}"#), Err(NotChanged::Unfitting(_))));
    // Each copies all that is there so far.
    let copies = (0..30).map(|at| format!(r#"{{"op":"copy","from":"","path":"/a{at}"}}"#));
    let doubling = patch(&format!("[{}]", copies.collect::<Vec<_>>().join(",")));
    assert_eq!(
        under(&doubling, r#"{"b":"some text"}"#, &InForce::Nothing),
        Err(NotChanged::TooLarge)
    );
}

#[test]
fn a_change_that_can_not_be_meant_says_what_is_wrong() {
    for (change, words) in [
        (patch(""), "The patch is empty"),
        (patch("{}"), "A patch is a list"),
        (merge("{}"), "The merge patch is empty"),
        (merge(r#"{"a":1,"a":2}"#), "already in this object"),
        (step("double", "/a", ""), "there is no step \"double\""),
        (step("set", "a", "1"), "not a JSON Pointer"),
        (step("set", "/a", "text"), "A text has quotes"),
        (step("convert", "/a", "date"), "there is no type \"date\""),
        (step("remove", "", ""), "the field is missing"),
        (ChangeSpec::Steps { steps: Vec::new() }, "No step"),
    ] {
        let said = change.ready().unwrap_err();
        assert!(said.contains(words), "{said}");
    }
    let many = vec![r#"{"op":"test","path":"","value":1}"#; MOST_OPERATIONS + 1].join(",");
    let said = patch(&format!("[{many}]")).ready().unwrap_err();
    assert!(said.contains("101 operations"), "{said}");
}
