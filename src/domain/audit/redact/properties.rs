//! Properties of redaction, for generated documents with secrets.
#![allow(clippy::unwrap_used)]

use super::Redactor;
use crate::domain::json::Document;
use crate::domain::json::arbitrary::{bounded, plain_json, plain_json_object};
use proptest::prelude::*;
use regex::Regex;
use serde_json::{Map, Value, json};

/// A document with secrets under a hidden name and elsewhere.
#[derive(Debug)]
struct Case {
    document: Value,
    secrets: Vec<String>,
    /// Values that hold no secret.
    rest: [Value; 2],
}

fn value(text: &str) -> Value {
    Document::parse(text).unwrap().to_value().unwrap()
}

/// Everything generated besides the secrets has no capital letter and only shorter numbers, so it can't contain a secret.
fn case() -> impl Strategy<Value = Case> {
    let word = "[A-Z]{8,12}";
    let around = "[a-zü .]{0,6}";
    let name = prop::sample::select(vec!["password", "PASS-word", "apiToken", "token"]);
    let secrets = (word, word, "[1-9][0-9]{30}");
    let rest = (plain_json(), plain_json_object());
    let parts = (secrets, name, around, rest, any::<bool>());
    parts.prop_map(|((word, deep, number), name, around, rest, is_nested)| {
        let rest = [value(&rest.0), value(&rest.1)];
        let hidden = json!({
            "first": [deep.clone(), { "of": value(&number) }],
            "inner": json!({ "x": word.clone() }).to_string(),
        });
        let mut members = Map::new();
        members.insert("first".to_owned(), rest[0].clone());
        members.insert("note".to_owned(), format!("{around}{word}{around}").into());
        members.insert(
            format!("{deep} as a name"),
            json!([word.clone(), value(&number)]),
        );
        members.insert(
            "text".to_owned(),
            json!({ name: deep.clone() }).to_string().into(),
        );
        members.insert(name.to_owned(), hidden);
        members.insert("last".to_owned(), rest[1].clone());
        members.insert("alone".to_owned(), json!({ "password": word.clone() }));
        let document = match is_nested {
            // json! would rewrite exponents (1e400 → 1e+400).
            true => Value::Array(vec![
                Map::from_iter([("data".to_owned(), members.into())]).into(),
            ]),
            false => Value::Object(members),
        };
        Case {
            document,
            secrets: vec![word, deep, number],
            rest,
        }
    })
}

fn redactor() -> Redactor {
    Redactor::new(&["password".to_owned(), "*token".to_owned()], b"key")
}

/// The document as the audit log may hold it.
fn redacted(document: &Value) -> Value {
    let text = document.to_string();
    let parsed = Document::parse(&text).unwrap();
    let redactor = redactor().knowing([&parsed]);
    let redacted = redactor.apply(document);
    let mut written = Vec::new();
    redactor.write(&parsed, &mut written).unwrap();
    assert_eq!(String::from_utf8(written).unwrap(), redacted.to_string());
    redacted
}

fn members(document: &Value) -> &Map<String, Value> {
    let inside = document.pointer("/0/data").unwrap_or(document);
    inside.as_object().unwrap()
}

proptest! {
    #![proptest_config(bounded(96))]

    #[test]
    fn no_hidden_value_is_kept_anywhere(case in case()) {
        let kept = redacted(&case.document).to_string();
        for secret in &case.secrets {
            prop_assert!(!kept.contains(secret.as_str()), "{} in {}", secret, kept);
        }
    }

    #[test]
    fn a_reason_keeps_no_hidden_value(case in case(), around in "[a-zü .]{0,6}") {
        let text = case.document.to_string();
        let parsed = Document::parse(&text).unwrap();
        let redactor = redactor().knowing([&parsed]);
        for secret in &case.secrets {
            let reason = redactor.apply_text(&format!("{around} {secret} {around}"));
            prop_assert!(!reason.contains(secret.as_str()), "{}", reason);
        }
    }

    #[test]
    fn values_that_hold_no_secret_stay_as_they_are(case in case()) {
        let kept = redacted(&case.document);
        let members = members(&kept);
        prop_assert_eq!(members["first"].to_string(), case.rest[0].to_string());
        prop_assert_eq!(members["last"].to_string(), case.rest[1].to_string());
    }

    #[test]
    fn redacting_again_changes_nothing_but_digits(case in case()) {
        let digits = Regex::new("redacted:[0-9a-f]{16}").unwrap();
        let once = redacted(&case.document);
        let twice = redacted(&once).to_string();
        let once = once.to_string();
        prop_assert_eq!(digits.replace_all(&twice, "redacted"), digits.replace_all(&once, "redacted"));
    }

    #[test]
    fn what_has_nothing_to_hide_is_kept_as_it_is(text in plain_json()) {
        let document = value(&text);
        prop_assert_eq!(redacted(&document).to_string(), text);
    }
}
