//! Schemas that compile, schemas that do not, and the messages.
#![allow(clippy::unwrap_used)]
use super::check_tests::{said, violations};
use super::*;

pub(super) fn faults(schema: &str) -> Vec<String> {
    let faults = Schema::compile("s.json", schema).map(|_| ()).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn every_draft_is_told_by_its_name() {
    for (uri, schema) in [
        (
            "http://json-schema.org/draft-04/schema#",
            r#""maximum":5,"exclusiveMaximum":true"#,
        ),
        (
            "http://json-schema.org/draft-06/schema#",
            r#""exclusiveMaximum":5"#,
        ),
        (
            "http://json-schema.org/draft-07/schema",
            r#""if":{"minimum":5},"then":false"#,
        ),
        (
            "https://json-schema.org/draft/2019-09/schema",
            r#""$recursiveAnchor":true,"exclusiveMaximum":5"#,
        ),
        (
            "https://json-schema.org/draft/2020-12/schema",
            r#""prefixItems":[true],"exclusiveMaximum":5"#,
        ),
    ] {
        let schema = format!("{{\"$schema\":\"{uri}\",{schema}}}");
        assert!(violations(&schema, "4").is_empty(), "{schema}");
        assert!(!violations(&schema, "5").is_empty(), "{schema}");
    }
}

#[test]
fn every_fault_of_a_schema_has_its_place() {
    let cases: &[(&str, &[&str])] = &[
        (
            "{\"type\":\n }",
            &["s.json:2:2: expected a value, found \"}\"; the { at line 1, column 1 is still open"],
        ),
        (
            "{\"type\":\"null\",\n\"type\":\"null\"}",
            &[
                "s.json:2:1: the member \"type\" is already in this object, at line 1, column 2: keep one of them",
            ],
        ),
        (
            "12",
            &["s.json:1:1: expected true or false or an object, found 12"],
        ),
        (
            "{\"properties\":{\"a\":{\"type\":\"strin\",\n\"minimum\":\"x\"}},\n\"required\":\"a\"}",
            &[
                "s.json:1:28: expected one of \"array\", \"boolean\", \"integer\", \"null\", \"number\", \"object\" or \"string\", found \"strin\" (at /properties/a/type)",
                "s.json:2:11: expected a number, found \"x\" (at /properties/a/minimum)",
                "s.json:3:12: expected an array, found \"a\" (at /required)",
            ],
        ),
        (
            "{\"multipleOf\":0}",
            &["s.json:1:15: expected a number greater than 0, found 0 (at /multipleOf)"],
        ),
    ];
    for (schema, expected) in cases {
        assert_eq!(faults(schema), *expected, "{schema}");
    }
}

#[test]
fn references_stay_within_the_file() {
    let outside = faults(
        "{\"properties\":{\n\"a\":{\"$ref\":\"https://example.com/s.json#/a\"},\n\"b\":{\"$ref\":\"../other.json\"},\n\"c\":{\"$ref\":\"file:///etc/passwd\"}}}",
    );
    assert_eq!(outside.len(), 3, "{outside:?}");
    assert_eq!(
        outside[0],
        "s.json:2:13: \"https://example.com/s.json#/a\" is outside of this file, and nothing is fetched: \
         put that schema into \"$defs\" here (at /properties/a/$ref)"
    );
    assert!(outside[1].starts_with("s.json:3:13: \"../other.json\" is outside"));
    assert!(outside[2].starts_with("s.json:4:13: \"file:///etc/passwd\" is outside"));
    for (schema, fault) in [
        (
            r##"{"items":{"$ref":"#/$defs/nope"}}"##,
            "s.json:1:18: this leads to \"#/$defs/nope\", which is not in this file (at /items/$ref)",
        ),
        (
            r##"{"items":{"$ref":"#nope"}}"##,
            "s.json:1:18: this leads to \"#nope\", which is not in this file (at /items/$ref)",
        ),
    ] {
        assert_eq!(faults(schema), [fault]);
    }
    for inside in [
        r##"{"$ref":"#/$defs/a","$defs":{"a":{"type":"string"}}}"##,
        r##"{"$id":"https://example.com/s/root.json","$ref":"part.json","$defs":{"p":{"$id":"part.json","type":"string"}}}"##,
        r##"{"$ref":"#here","$defs":{"a":{"$anchor":"here","type":"string"}}}"##,
        r##"{"$schema":"http://json-schema.org/draft-07/schema#","$ref":"#/definitions/a","definitions":{"a":{"type":"string"}}}"##,
    ] {
        assert_eq!(
            said(inside, "1"),
            [" 1:1 expected a string, found 1"],
            "{inside}"
        );
    }
}

#[test]
fn an_unknown_draft_is_refused_with_the_known_ones() {
    for (schema, start) in [
        (
            r#"{"$schema":"http://json-schema.org/draft-03/schema#"}"#,
            "s.json:1:12: the draft \"http://json-schema.org/draft-03/schema#\" is not known; supported are",
        ),
        (
            r#"{"$schema":7}"#,
            "s.json:1:12: $schema names a draft in a string, found 7; supported are",
        ),
        (
            r#"{"$defs":{"a":{"$id":"x","$schema":"http://nowhere.example/s"}},"$ref":"x"}"#,
            "s.json:1:36: \"http://nowhere.example/s\" is outside of this file",
        ),
    ] {
        let faults = faults(schema);
        assert!(faults[0].starts_with(start), "{faults:?}");
    }
}

#[test]
fn a_schema_knows_its_name_and_hash() {
    let schema = Schema::compile("email/v2.json", "true").unwrap();
    assert_eq!(schema.name(), "email/v2.json");
    assert_eq!(
        schema.hash(),
        "b5bea41b6c623f7c09f1bf24dcae58ebab3c0cdd90ad966bc43a45b44867e12b"
    );
}

#[test]
fn a_schema_of_the_greatest_depth_compiles_on_a_small_stack() {
    let deep = "{\"anyOf\":[".repeat(60) + "true" + &"]}".repeat(60);
    let compile = move || Schema::compile("s.json", &deep).is_ok();
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    assert!(thread.spawn(compile).unwrap().join().unwrap());
}
