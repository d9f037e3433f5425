//! Hiding by name in every place where a value can stand.

#![allow(clippy::unwrap_used)]
use super::*;
use serde_json::json;

fn redactor(names: &[&str]) -> Redactor {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    Redactor::new(&names, b"key")
}

fn hidden(names: &[&str], document: &Value) -> Value {
    let text = document.to_string();
    let parsed = Document::parse(&text).unwrap();
    redactor(names).knowing([&parsed]).apply(document)
}

#[test]
fn names_match_whatever_their_case_and_with_stars() {
    for (pattern, name, hidden) in [
        ("password", "password", true),
        ("password", "PassWord", true),
        ("password", "passwords", false),
        ("*token*", "token", true),
        ("*token*", "accessTokenSecret", true),
        ("*token", "tokens", false),
        ("a*b*c", "aXbXbc", true),
        ("a*b*c", "acb", false),
        ("*", "", true),
        ("ÄRGER*", "ärgernis", true),
        ("password", "password ", true),
        ("password", "pass_word", true),
        ("api-key", "apiKey", true),
        ("a.c", "abc", false),
        ("  ", "", false),
    ] {
        let name = json!({ name: 1 });
        assert_eq!(
            self::hidden(&[pattern], &name) != name,
            hidden,
            "{pattern} {name}"
        );
    }
}

#[test]
fn values_are_hidden_at_any_depth_and_the_rest_stays_in_order() {
    let document =
        json!({"z": 1, "users": [{"Password": "s3cret", "name": "ü"}], "token": {"a": [1, 2]}});
    let redacted = hidden(&["password", "token"], &document).to_string();
    let shape = redacted.replace(
        |c: char| c.is_ascii_hexdigit() && !"abcdefz1".contains(c),
        "0",
    );
    assert!(
        shape.starts_with("{\"z\":1,\"users\":[{\"Password\":\"redacted:"),
        "{redacted}"
    );
    assert!(
        !redacted.contains("s3cret") && redacted.contains("\"name\":\"ü\""),
        "{redacted}"
    );
    let digits = redacted.split("redacted:").nth(1).unwrap();
    assert!(digits[..16].bytes().all(|byte| byte.is_ascii_hexdigit()) && &digits[16..17] == "\"");
}

#[test]
fn equal_values_hash_alike_and_others_differ() {
    let hash = |value: Value| hidden(&["p"], &json!({ "p": value }));
    assert_eq!(
        hash(json!({"a": 1, "b": [2]})),
        hash(json!({"b": [2], "a": 1}))
    );
    let number = |text: &str| {
        crate::domain::json::Document::parse(text)
            .unwrap()
            .to_value()
            .unwrap()
    };
    assert_ne!(hash(number("1.0")), hash(number("1.00")));
    assert_ne!(hash(json!("1")), hash(json!(1)));
    assert_ne!(hash(json!(["a", "b"])), hash(json!(["a,b"])));
    let other_key = Redactor::new(&["p".to_owned()], b"other").apply(&json!({"p": 1}));
    assert_ne!(hash(json!(1)), other_key);
}

#[test]
fn many_stars_do_not_make_matching_slow() {
    let pattern = "*a".repeat(50) + "b";
    let name = json!({ "a".repeat(20_000): 1 });
    assert_eq!(hidden(&[&pattern], &name), name);
    assert!(redactor(&[]).is_empty() && !redactor(&["x"]).is_empty());
}

#[test]
fn values_are_hidden_in_json_inside_text_in_addresses_and_where_they_were_moved_to() {
    for (document, seen) in [
        (
            json!({"a": "{\"password\":\"xyzzy\",\"b\":1}"}),
            "\\\"b\\\":1",
        ),
        (json!({"a": "\"{\\\"password\\\":\\\"xyzzy\\\"}\""}), "a"),
        (
            json!({"a": "https://e.example/?password=xyzzy&id=7"}),
            "&id=7",
        ),
        (
            json!({"a": "https://ann:xyzzy@e.example/path"}),
            "e.example/path",
        ),
        (json!({"password": "xyzzy", "note": "xyzzy"}), "note"),
        (
            json!({"password": "xyzzy", "note": "it is xyzzy, so"}),
            "it is ",
        ),
        (
            json!({"password": {"deep": ["xyzzy-long"]}, "note": "axyzzy-longb"}),
            "note",
        ),
        (json!({"password": "xyzzy", "xyzzy": 1}), ":1"),
        (json!({"a": "{\"password\": \"xyzzy\", cut off"}), "cut off"),
    ] {
        let redacted = hidden(&["password"], &document).to_string();
        assert!(!redacted.contains("xyzzy"), "{redacted}");
        assert!(redacted.contains(seen), "{redacted}");
    }
    let numbers = hidden(
        &["pin"],
        &json!({"pin": 482913, "n": 482913, "t": "482913", "m": 4}),
    );
    assert!(
        !numbers.to_string().contains("482913") && numbers["m"] == 4,
        "{numbers}"
    );
}

#[test]
fn a_text_without_a_secret_stays_as_it_was_written() {
    for text in [
        "{ \"a\" : 1.0 }",
        "latest",
        "https://e.example/?a=1",
        "12:30",
    ] {
        let document = json!({"password": "test", "text": text});
        assert_eq!(hidden(&["password"], &document)["text"], text);
    }
}

#[test]
fn json_in_text_in_text_ends_somewhere() {
    let mut text = "{\"password\":\"xyzzy\"}".to_owned();
    for _ in 0..9 {
        text = Value::String(text).to_string();
    }
    let redacted = hidden(&["password"], &json!({ "a": text })).to_string();
    assert!(!redacted.contains("xyzzy"), "{redacted}");
    assert!(redacted.contains("redacted:"), "{redacted}");
}
