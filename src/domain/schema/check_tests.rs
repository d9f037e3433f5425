//! How documents break schemas, and the messages.
#![allow(clippy::unwrap_used)]
use super::compile_tests::faults;
use super::*;

pub(super) fn violations(schema: &str, document: &str) -> Vec<Violation> {
    let schema = Schema::compile("test.json", schema)
        .unwrap_or_else(|faults| panic!("{schema}: {faults:?}"));
    schema.check(&Document::parse(document).unwrap()).unwrap()
}

pub(super) fn said(schema: &str, document: &str) -> Vec<String> {
    let listed = violations(schema, document);
    listed
        .into_iter()
        .map(|v| format!("{} {}:{} {}", v.pointer, v.line, v.column, v.message))
        .collect()
}

#[test]
fn violations_are_said_in_plain_words_with_their_place() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            r#"{"type":"string"}"#,
            "12",
            &[" 1:1 expected a string, found 12"],
        ),
        (
            r#"{"type":"string"}"#,
            "{\"a\":1}",
            &[" 1:1 expected a string, found an object"],
        ),
        (
            r#"{"type":["integer","null"]}"#,
            "1.5",
            &[" 1:1 expected a whole number or null, found 1.5"],
        ),
        (
            r#"{"required":["email"]}"#,
            "{}",
            &[" 1:1 \"email\" is required here"],
        ),
        (
            r#"{"properties":{"a":{"minimum":3}}}"#,
            "{\n  \"a\": 2.0\n}",
            &["/a 2:8 expected a number not less than 3, found 2.0"],
        ),
        (
            r#"{"properties":{"a":true},"additionalProperties":false}"#,
            "{\"x/y\": 1, \"z\": 2}",
            &[
                "/x~1y 1:2 \"x/y\" is not allowed here",
                "/z 1:12 \"z\" is not allowed here",
            ],
        ),
        (
            r#"{"unevaluatedProperties":false}"#,
            "{\"x\":1}",
            &["/x 1:2 \"x\" is not allowed here"],
        ),
        (
            r#"{"enum":["a","b",3]}"#,
            "\"c\"",
            &[" 1:1 expected one of \"a\", \"b\" or 3, found \"c\""],
        ),
        (
            r#"{"const":{"a":1.0}}"#,
            "2",
            &[" 1:1 expected {\"a\":1.0}, found 2"],
        ),
        (
            r#"{"minLength":3}"#,
            "\"ü😀\"",
            &[" 1:1 expected at least 3 characters, found 2: \"ü😀\""],
        ),
        (
            r#"{"maxItems":1}"#,
            "[1,2]",
            &[" 1:1 expected at most 1 element, found 2"],
        ),
        (
            r#"{"pattern":"^\\d+$"}"#,
            "\"x\"",
            &[r#" 1:1 expected text that matches ^\d+$, found "x""#],
        ),
        (
            r#"{"format":"email"}"#,
            "\"x\"",
            &[" 1:1 expected an e-mail address, found \"x\""],
        ),
        (
            r#"{"format":"date-time"}"#,
            "\"now\"",
            &[" 1:1 expected a date and time such as 2030-01-31T12:00:00Z, found \"now\""],
        ),
        (
            r#"{"multipleOf":0.01}"#,
            "1.005",
            &[" 1:1 expected a multiple of 0.01, found 1.005"],
        ),
        (
            r#"{"uniqueItems":true}"#,
            "[1,1.0]",
            &[" 1:1 expected every element to be different, found some twice"],
        ),
        (
            r#"{"propertyNames":{"maxLength":2}}"#,
            "{\"abc\":1}",
            &[" 1:1 the name \"abc\" is not allowed here; expected at most 2 characters"],
        ),
        (
            r#"{"not":{"type":"null"}}"#,
            "null",
            &[" 1:1 null is what the schema rules out here"],
        ),
        (
            r#"{"additionalProperties":false}"#,
            "{\"x\":1}",
            &[" 1:1 expected an object without members"],
        ),
        ("false", "1", &[" 1:1 nothing may stand here"]),
        (
            r#"{"oneOf":[{"type":"integer"},{"minimum":0}]}"#,
            "1",
            &[" 1:1 fits more than one of the allowed forms, where just one may fit"],
        ),
    ];
    for (schema, document, expected) in cases {
        assert_eq!(said(schema, document), *expected, "{schema} {document}");
    }
}

#[test]
fn of_several_forms_the_one_that_was_meant_is_explained() {
    let nullable = r#"{"anyOf":[{"type":"null"},{"type":"object","required":["a"],"properties":{"b":{"type":"string"}}}]}"#;
    assert_eq!(
        said(nullable, "{\"b\":1}"),
        [
            " 1:1 \"a\" is required here",
            "/b 1:6 expected a string, found 1"
        ]
    );
    let shapes = r#"{"oneOf":[{"properties":{"k":{"const":"x"},"n":{"type":"integer"}}},{"properties":{"k":{"const":"y"}}}]}"#;
    assert_eq!(
        said(shapes, "{\"k\":\"z\",\"n\":\"no\"}"),
        [
            " 1:1 fits none of the 2 allowed forms; the nearest fails at /k: expected \"y\", found \"z\""
        ]
    );
    assert_eq!(
        said(r#"{"anyOf":[{"type":"null"},{"type":"integer"}]}"#, "true"),
        [" 1:1 fits none of the 2 allowed forms; the nearest fails: expected null, found true"]
    );
}

#[test]
fn numbers_are_compared_exactly_however_long_they_are() {
    for (schema, document, fits) in [
        (r#"{"maximum":9007199254740992}"#, "9007199254740992", true),
        (r#"{"maximum":9007199254740992}"#, "9007199254740993", false),
        (
            r#"{"maximum":12345678901234567890123}"#,
            "12345678901234567890124",
            false,
        ),
        (r#"{"const":0.1}"#, "0.10", true),
        (r#"{"const":0.1}"#, "0.1000000000000000000000001", false),
        (r#"{"multipleOf":0.1}"#, "1234567890123456789.3", true),
        (r#"{"multipleOf":0.1}"#, "1234567890123456789.31", false),
        (r#"{"type":"integer"}"#, "1.0", true),
        (r#"{"type":"integer"}"#, "12345678901234567890123", true),
        (r#"{"type":"integer","maximum":5}"#, "1e400", false),
        (
            r#"{"multipleOf":7,"maximum":5}"#,
            "1e999999999999999999999",
            false,
        ),
        (r#"{"exclusiveMinimum":0}"#, "1e-400", true),
        (r#"{"exclusiveMinimum":0}"#, "-0", false),
    ] {
        assert_eq!(
            violations(schema, document).is_empty(),
            fits,
            "{schema} {document}"
        );
    }
}

#[test]
fn patterns_run_in_linear_time_or_not_at_all() {
    for pattern in ["(?=a)b", "(a)\\\\1", "(", "(a{1000}){1000}"] {
        let faults = faults(&format!(
            "{{\"properties\":{{\"x\":{{\"pattern\":\"{pattern}\"}}}}}}"
        ));
        assert!(
            faults[0].contains("linear time") && faults[0].contains("(at /properties/x/pattern)"),
            "{faults:?}"
        );
    }
    let evil = format!("\"{}!\"", "a".repeat(100_000));
    assert!(!violations(r#"{"pattern":"^(a+)+$"}"#, &evil).is_empty());
}

#[test]
fn long_values_are_clipped() {
    let document = format!("\"{}\"", "ü".repeat(1_000_000));
    let listed = said(r#"{"type":"integer"}"#, &document);
    assert_eq!(
        listed[0].chars().count(),
        " 1:1 expected a whole number, found ".len() + 80 + 1
    );
    let document = format!("[{}0]", "[1,2,3],".repeat(100_000));
    assert!(said(r#"{"const":1}"#, &document)[0].chars().count() < 130);
}

#[test]
fn two_hundred_violations_are_listed_and_the_rest_counted() {
    let document = format!("[{}1]", "1,".repeat(999));
    let violations = violations(r#"{"items":{"type":"string"}}"#, &document);
    assert_eq!(violations.len(), 201);
    assert!(violations.is_sorted_by_key(|violation| (violation.line, violation.column)));
    assert_eq!(
        violations[200].message,
        "and 800 more problems that are not listed"
    );
}

#[test]
fn what_is_too_deep_to_be_checked_is_not_let_through() {
    let deep = format!("{}{}", "[".repeat(600), "]".repeat(600));
    let schema = Schema::compile("s.json", "true").unwrap();
    assert!(schema.check(&Document::parse(&deep).unwrap()).is_err());
    assert!(
        faults(&format!(
            "{{\"items\":{}}}",
            "{\"items\":".repeat(200) + "true" + &"}".repeat(200)
        ))[0]
            .contains("levels deep")
    );
}

#[test]
fn a_recursive_schema_checks_the_deepest_document_on_a_small_stack() {
    let recursive = r##"{"anyOf":[{"type":"integer"},{"type":"object","properties":{"a":{"$ref":"#"}},"additionalProperties":false}]}"##;
    let deep = format!("{}\"x\"{}", "{\"a\":".repeat(500), "}".repeat(500));
    let check = move || violations(recursive, &deep);
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let listed = thread.spawn(check).unwrap().join().unwrap();
    assert_eq!(listed.len(), 1);
}
