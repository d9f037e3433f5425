//! Which fixes are offered for a document, and the text that each leaves.

use super::*;

/// The label of each fix that is offered, in the order of the violations, with the text that it leaves.
fn offered(schema: &str, text: &str) -> Vec<(String, String)> {
    let schema = Schema::compile("a.json", schema).unwrap();
    let document = Document::parse(text).unwrap();
    let violations = schema.check(&document).unwrap();
    let broken: Vec<Broken<'_>> = violations
        .iter()
        .map(|violation| Broken {
            pointer: &violation.pointer,
            rule: &violation.schema_pointer,
            missing: violation.missing.as_deref(),
        })
        .collect();
    let fixes = schema.quick_fixes(&document, &broken).unwrap();
    assert_eq!(fixes.len(), violations.len());
    let fixes = fixes.into_iter().flatten();
    fixes
        .map(|fix| (fix.label.clone(), fix.apply(text)))
        .collect()
}

/// The only fix that is offered, as the text that it leaves; empty for none.
fn fixed(schema: &str, text: &str) -> String {
    let mut offered = offered(schema, text);
    offered.dedup();
    assert!(offered.len() < 2, "{text} under {schema}: {offered:?}");
    offered.pop().map_or_else(String::new, |(_, text)| text)
}

#[test]
fn a_value_of_another_type_is_changed_to_the_same_value_of_the_right_type() {
    for (schema, text, expected) in [
        (r#"{"type":"number"}"#, r#""12,50""#, "12.5"),
        (r#"{"type":"number"}"#, r#"" 42 ""#, "42"),
        (r#"{"type":"integer"}"#, r#""42""#, "42"),
        (r#"{"type":"integer"}"#, r#""12,50""#, ""),
        (r#"{"type":"integer"}"#, r#""12,00""#, "12"),
        (
            r#"{"type":["null","number"]}"#,
            r#""12345678901234567890""#,
            "12345678901234567890",
        ),
        (r#"{"type":"number"}"#, r#""1,234""#, ""),
        (r#"{"type":"number"}"#, r#""007""#, ""),
        (r#"{"type":"number"}"#, "true", ""),
        (r#"{"type":"number"}"#, "null", ""),
        (r#"{"type":"boolean"}"#, r#""true""#, "true"),
        (r#"{"type":"boolean"}"#, r#"" False""#, "false"),
        (r#"{"type":"boolean"}"#, r#""yes""#, ""),
        (r#"{"type":"boolean"}"#, "1", ""),
        (
            r#"{"type":"string"}"#,
            "12345678901234567890.10",
            r#""12345678901234567890.10""#,
        ),
        (r#"{"type":"string"}"#, "-1e3", r#""-1e3""#),
        (r#"{"type":"string"}"#, "true", ""),
        (r#"{"type":"string"}"#, "null", ""),
        (r#"{"type":"string"}"#, "[1]", ""),
        (r#"{"type":"array"}"#, "1", ""),
        (r#"{"type":"null"}"#, r#""null""#, ""),
        (
            r#"{"anyOf":[{"type":"number"},{"type":"null"}]}"#,
            r#""12,50""#,
            "12.5",
        ),
        (
            r##"{"oneOf":[{"$ref":"#/$defs/n"},{"type":"null"}],"$defs":{"n":{"type":"number"}}}"##,
            r#""3""#,
            "3",
        ),
    ] {
        assert_eq!(fixed(schema, text), expected, "{text} under {schema}");
    }
}

#[test]
fn a_change_that_breaks_another_rule_of_its_place_is_not_offered() {
    for (schema, text) in [
        (r#"{"type":"number","minimum":100}"#, r#""12,50""#),
        (r#"{"type":"string","pattern":"^[A-Z]+$"}"#, "42"),
        (r#"{"pattern":"^[A-Z]+$"}"#, r#""42""#),
        (r#"{"format":"email"}"#, r#""42""#),
        (
            r#"{"required":["n"],"properties":{"n":{"type":"number","default":"none"}}}"#,
            "{}",
        ),
    ] {
        assert_eq!(fixed(schema, text), "", "{text} under {schema}");
    }
    // What is wrong elsewhere stays wrong, and keeps nothing from being mended here.
    let schema = r#"{"properties":{"a":{"type":"number"},"b":{"type":"array"}}}"#;
    assert_eq!(fixed(schema, r#"{"a":"1","b":{}}"#), r#"{"a":1,"b":{}}"#);
}

#[test]
fn white_space_around_a_text_is_removed_where_that_satisfies_the_rule() {
    for (schema, text, expected) in [
        (
            r#"{"format":"email"}"#,
            r#"" ann@example.com\n""#,
            r#""ann@example.com""#,
        ),
        (r#"{"pattern":"^[A-Z]+$"}"#, r#""AB ""#, r#""AB""#),
        (r#"{"maxLength":3}"#, r#""\u0061bc ""#, r#""\u0061bc""#),
        (r#"{"maxLength":2}"#, r#""abc ""#, ""),
        (r#"{"format":"date"}"#, r#"" 31.12.2030""#, ""),
        (r#"{"minLength":3}"#, r#""a ""#, ""),
    ] {
        assert_eq!(fixed(schema, text), expected, "{text} under {schema}");
    }
}

#[test]
fn an_allowed_value_in_other_case_or_with_a_wrong_letter_is_changed_to_it() {
    let currency = r#"{"enum":["EUR","CHF","USD"]}"#;
    for (schema, text, expected) in [
        (currency, r#""eur""#, r#""EUR""#),
        (currency, r#"" Chf ""#, r#""CHF""#),
        (currency, r#""GBP""#, ""),
        (
            r#"{"enum":["standard","express"]}"#,
            r#""expres""#,
            r#""express""#,
        ),
        (r#"{"const":"invoice"}"#, r#""Invoice""#, r#""invoice""#),
        (r#"{"const":"invoice"}"#, r#""order""#, ""),
        (r#"{"enum":[1,2]}"#, r#""2""#, "2"),
        (r#"{"enum":["1","2"]}"#, "2", r#""2""#),
        (r#"{"enum":[null,"a"]}"#, r#""null""#, ""),
    ] {
        assert_eq!(fixed(schema, text), expected, "{text} under {schema}");
    }
}

#[test]
fn a_missing_member_is_added_where_the_schema_gives_its_value() {
    let schema = r##"{"required":["a","kind","v","unknown"],"properties":{"a":{"default":{"n":1.0}},"kind":{"const":"order"},
        "v":{"$ref":"#/$defs/v"},"unknown":{"type":"string"}},"$defs":{"v":{"enum":[2]}}}"##;
    assert_eq!(
        offered(schema, "{\n  \"x\": [1.0,\n 2]\n}"),
        [
            (
                r#"Add "a": {"n":1.0}"#,
                "{\n  \"x\": [1.0,\n 2],\n  \"a\": {\"n\":1.0}\n}"
            ),
            (
                r#"Add "kind": "order""#,
                "{\n  \"x\": [1.0,\n 2],\n  \"kind\": \"order\"\n}"
            ),
            (r#"Add "v": 2"#, "{\n  \"x\": [1.0,\n 2],\n  \"v\": 2\n}"),
        ]
        .map(|(label, text)| (label.to_owned(), text.to_owned()))
    );
    let texts = |text| -> Vec<String> {
        let offered = offered(schema, text).into_iter();
        offered.map(|(_, text)| text).collect()
    };
    assert_eq!(texts(r#"{"x":1}"#)[1], r#"{"x":1,"kind":"order"}"#);
    assert_eq!(texts("{ }")[1], r#"{"kind": "order" }"#);
    let nested =
        r#"{"properties":{"o":{"required":["a\"/"],"properties":{"a\"/":{"default":null}}}}}"#;
    assert_eq!(fixed(nested, r#"{"o":{}}"#), r#"{"o":{"a\"/": null}}"#);
    let then =
        r#"{"properties":{"a":{"default":1}},"if":{"required":["b"]},"then":{"required":["a"]}}"#;
    assert_eq!(fixed(then, r#"{"b":2}"#), r#"{"b":2,"a":1}"#);
}

#[test]
fn everything_but_the_place_stays_as_it_is_written() {
    let schema = r#"{"properties":{"n":{"items":{"type":"number"}}}}"#;
    let text = "\u{20}{\"é\\u00e9\":1.0,\r\n\t\"n\":[1e400, \"5\"  ,12345678901234567890]} \n";
    assert_eq!(fixed(schema, text), text.replace("\"5\"", "5"));
}

#[test]
fn a_fix_has_its_place_in_lines_and_columns_and_the_same_name_after_a_browser_changed_the_line_breaks()
 {
    let schema = r#"{"properties":{"a":{"type":"number"}},"required":["b"]}"#;
    let schema =
        Schema::compile("a.json", &schema.replace("}}", "},\"b\":{\"default\":2}}")).unwrap();
    let fixes = |text: &str| {
        let document = Document::parse(text).unwrap();
        let broken = [
            Broken {
                pointer: "/a",
                rule: "/properties/a/type",
                missing: None,
            },
            Broken {
                pointer: "",
                rule: "/required",
                missing: Some("b"),
            },
        ];
        let fixes = schema.quick_fixes(&document, &broken).unwrap();
        let fixes: Vec<QuickFix> = fixes.into_iter().flatten().collect();
        fixes
    };
    let (lf, crlf) = (
        fixes("{\n \"a\": \"12\"\n}"),
        fixes("{\r\n \"a\": \"12\"\r\n}"),
    );
    let places: Vec<_> = lf.iter().map(|fix| (fix.start, fix.end)).collect();
    let at = |line, column| Position { line, column };
    assert_eq!(places, [(at(2, 7), at(2, 11)), (at(2, 11), at(2, 11))]);
    assert_eq!(lf[0].id(), crlf[0].id());
    assert_eq!(lf[1].id(), crlf[1].id());
    assert_ne!(lf[0].id(), lf[1].id());
    assert_eq!(crlf[1].text, ",\r\n \"b\": 2");
}

#[test]
fn the_work_for_a_document_is_bounded() {
    let schema = Schema::compile("a.json", r#"{"items":{"type":"number"}}"#).unwrap();
    let text = format!("[{}\"1\"]", "\"1\",".repeat(3 * MOST_FIXED));
    let document = Document::parse(&text).unwrap();
    let violations = schema.check(&document).unwrap();
    let broken: Vec<Broken<'_>> = violations
        .iter()
        .map(|one| Broken {
            pointer: &one.pointer,
            rule: &one.schema_pointer,
            missing: None,
        })
        .collect();
    let fixes = schema.quick_fixes(&document, &broken).unwrap();
    let fixed = fixes.iter().filter(|fixes| !fixes.is_empty()).count();
    assert_eq!((fixes.len(), fixed), (broken.len(), MOST_FIXED));

    // Of a text of megabytes a few violations are tried.
    let text = format!(
        "[{}{}]",
        "\"1\",".repeat(20),
        " ".repeat(MOST_TRIED_BYTES / 4)
    );
    let text = text.replacen("\"1\", ", "\"1\"", 1);
    let document = Document::parse(&text).unwrap();
    let fixes = schema.quick_fixes(&document, &broken[..19]).unwrap();
    assert_eq!(fixes.iter().filter(|fixes| !fixes.is_empty()).count(), 3);
}

#[test]
fn a_deep_document_is_mended_without_overflowing_the_stack() {
    let schema = r##"{"anyOf":[{"type":"array","items":{"$ref":"#"}},{"type":"number"}]}"##;
    let schema = Schema::compile("a.json", schema).unwrap();
    let text = format!("{}\"1\"{}", "[".repeat(500), "]".repeat(500));
    let document = Document::parse(&text).unwrap();
    let broken = [Broken {
        pointer: "",
        rule: "/anyOf",
        missing: None,
    }];
    assert_eq!(schema.quick_fixes(&document, &broken).unwrap().len(), 1);
}
