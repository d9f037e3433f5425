//! What holds for every fix of generated documents under a schema with all kinds of rules.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::domain::json::arbitrary::bounded;

const SCHEMA: &str = r##"{
    "type": "object",
    "required": ["n", "currency", "kind"],
    "properties": {
        "n": {"type": "number", "minimum": 0},
        "i": {"type": ["integer", "null"]},
        "b": {"type": "boolean"},
        "s": {"type": "string", "pattern": "^[a-z0-9.]+$"},
        "currency": {"enum": ["EUR", "USD"], "default": "EUR"},
        "kind": {"const": "invoice"},
        "list": {"type": "array", "items": {"$ref": "#/properties/n"}},
        "any": {"anyOf": [{"type": "number"}, {"type": "null"}]}
    }
}"##;

fn value() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        "[ ]?-?[0-9]{1,4}[.,]?[0-9]{0,3}[ ]?",
        select(vec![
            "true", "FALSE", "eur", " USD", "Invoice", "invoce", "a b", "", "null"
        ])
        .prop_map(str::to_owned),
    ];
    prop_oneof![
        text.prop_map(|text| format!("\"{text}\"")),
        select(vec![
            "1.0",
            "12345678901234567890",
            "-1e2",
            "true",
            "null",
            "[]",
            "{}",
            "[\"1\",\"x\", \"2,5\"]"
        ])
        .prop_map(str::to_owned),
    ]
}

fn document() -> impl Strategy<Value = String> {
    let names = [
        "n", "i", "b", "s", "currency", "kind", "list", "any", "other",
    ];
    let member = prop::option::weighted(0.7, (value(), "[ \n]{0,2}"));
    prop::collection::vec(member, names.len()).prop_map(move |members| {
        let members = names.iter().zip(members);
        let members: Vec<String> = members
            .filter_map(|(name, member)| {
                member.map(|(value, space)| format!("{space}\"{name}\":{space}{value}"))
            })
            .collect();
        format!("{{{}}}", members.join(","))
    })
}

fn keys(schema: &Schema, text: &str) -> Vec<(String, String, Option<String>)> {
    let violations = schema.check(&Document::parse(text).unwrap()).unwrap();
    violations
        .into_iter()
        .map(|one| (one.pointer, one.schema_pointer, one.missing))
        .collect()
}

proptest! {
    #![proptest_config(bounded(500))]

    #[test]
    fn after_a_fix_its_violation_is_gone_and_all_text_around_the_place_is_the_same(text in document()) {
        let schema = Schema::compile("a.json", SCHEMA).unwrap();
        let before = keys(&schema, &text);
        let broken: Vec<Broken<'_>> = before
            .iter()
            .map(|(pointer, rule, missing)| Broken { pointer, rule, missing: missing.as_deref() })
            .collect();
        let fixes = schema.quick_fixes(&Document::parse(&text).unwrap(), &broken).unwrap();
        for (violation, fixes) in before.iter().zip(fixes) {
            for fix in fixes {
                let fixed = fix.apply(&text);
                let after = keys(&schema, &fixed);
                prop_assert!(!after.contains(violation), "{fixed}");
                prop_assert!(after.iter().all(|one| before.contains(one)), "{fixed}");
                prop_assert!(fixed.starts_with(&text[..fix.range.start]));
                prop_assert!(fixed.ends_with(&text[fix.range.end..]));
                prop_assert_eq!(fixed.len(), text.len() - fix.range.len() + fix.text.len());
            }
        }
    }
}
