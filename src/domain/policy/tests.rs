//! What a policy file may hold, and each of its faults with its place.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use super::changes::{Before, changed_places};
use super::dead_pointers::dead_pointers;
use super::*;
use crate::domain::job::JobState;
use crate::domain::json::Document;
use crate::domain::schema::Schema;

const BILLING: &str = r#"{
  "editable": ["/amount", "/customer/email", "/lines/*/quantity"],
  "sensitive": ["/card/**", "/customer/email"],
  "critical": ["/amount"],
  "states": ["failed", "waiting", "delayed"],
  "reason": {"ticket": "^OPS-[0-9]+$", "link": "https://tickets.example.com/{ticket}"},
  "limit": {"edits": 30, "per": "1h"}
}"#;

#[test]
fn every_member_of_a_policy_is_read() {
    let policy = parse("billing.policy.json", BILLING).unwrap();
    let texts = |patterns: &[PointerPattern]| -> Vec<String> {
        patterns.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        texts(policy.editable.as_deref().unwrap()),
        ["/amount", "/customer/email", "/lines/*/quantity"]
    );
    assert_eq!(texts(&policy.sensitive), ["/card/**", "/customer/email"]);
    assert_eq!(texts(&policy.critical), ["/amount"]);
    assert_eq!(
        policy.states.as_deref(),
        Some(&[JobState::Failed, JobState::Waiting, JobState::Delayed][..])
    );
    let ticket = policy.reason.as_ref().unwrap().ticket.as_ref().unwrap();
    let ticket = ticket.find("see OPS-7").unwrap();
    assert_eq!(
        ticket.link.as_deref(),
        Some("https://tickets.example.com/OPS-7")
    );
    let limit = policy.limit.unwrap();
    assert_eq!((limit.edits, limit.per), (30, Duration::from_secs(3600)));
    assert_eq!(limit.to_string(), "30 edits in 1h");
    assert_eq!(policy.hash.len(), 64);
}

#[test]
fn what_a_policy_leaves_out_is_not_restricted() {
    let policy = parse("a.policy.json", "{}").unwrap();
    assert!(policy.editable.is_none() && policy.states.is_none());
    assert!(policy.sensitive.is_empty() && policy.critical.is_empty());
    assert!(policy.reason.is_none() && policy.limit.is_none());
    let needed = parse("a.policy.json", r#"{"reason":{}}"#).unwrap();
    assert!(needed.reason.unwrap().ticket.is_none());
}

#[test]
fn every_fault_has_its_place_and_says_what_is_allowed() {
    for (text, place, says) in [
        ("", (1, 1), "empty"),
        ("{\"editable\": [}", (1, 15), "expected a value"),
        (
            "[]",
            (1, 1),
            "a policy is an object with any of editable, sensitive",
        ),
        ("{\n \"editible\": []}", (2, 2), "did you mean editable?"),
        (
            "{\"a\": 1}",
            (1, 2),
            "a policy has editable, sensitive, critical, states, reason, limit",
        ),
        (
            "{\"limit\":1,\n\"limit\":1}",
            (2, 1),
            "already in this object",
        ),
        (
            "{\"editable\": \"/a\"}",
            (1, 14),
            "allowed is a list of JSON pointers",
        ),
        ("{\"editable\": [\"/a\",\n 1]}", (2, 2), "allowed is a list"),
        ("{\"editable\": [\"a\"]}", (1, 15), "begins with a slash"),
        (
            "{\"critical\": [\"/a\", \"/a*\"]}",
            (1, 21),
            "~2 for a star",
        ),
        (
            "{\"sensitive\": [\"/a\", \"/a\"]}",
            (1, 22),
            "stands here twice",
        ),
        (
            "{\"states\": []}",
            (1, 12),
            "one or more of waiting, delayed",
        ),
        (
            "{\"states\": \"failed\"}",
            (1, 12),
            "allowed is a list of one or more",
        ),
        (
            "{\"states\": [\"failed\", \"dead\"]}",
            (1, 23),
            "\"dead\" is no such state",
        ),
        ("{\"states\": [\"active\"]}", (1, 13), "no such state"),
        ("{\"states\": [\"failed\", \"failed\"]}", (1, 23), "twice"),
        (
            "{\"reason\": true}",
            (1, 12),
            "reason is an object with any of ticket, link",
        ),
        (
            "{\"reason\": {\"tickets\": \"a\"}}",
            (1, 13),
            "did you mean ticket?",
        ),
        (
            "{\"reason\": {\"ticket\": \"(\"}}",
            (1, 23),
            "not a regular expression",
        ),
        (
            "{\"reason\": {\"ticket\": 1}}",
            (1, 23),
            "allowed is a regular expression",
        ),
        (
            "{\"reason\": {\"link\": \"https://t/{ticket}\"}}",
            (1, 21),
            "needs a ticket",
        ),
        (
            "{\"reason\": {\"ticket\": \"a\", \"link\": \"javascript:{ticket}\"}}",
            (1, 36),
            "https://",
        ),
        (
            "{\"reason\": {\"ticket\": \"a\", \"link\": 1}}",
            (1, 36),
            "https://",
        ),
        (
            "{\"limit\": 30}",
            (1, 11),
            "limit is an object with any of edits, per",
        ),
        (
            "{\"limit\": {\"edits\": 0, \"per\": \"1h\"}}",
            (1, 21),
            "from 1 to 1000000",
        ),
        (
            "{\"limit\": {\"edits\": 1.5, \"per\": \"1h\"}}",
            (1, 21),
            "whole number",
        ),
        (
            "{\"limit\": {\"per\": \"1h\"}}",
            (1, 11),
            "edits is a whole number",
        ),
        (
            "{\"limit\": {\"edits\": 1}}",
            (1, 11),
            "per: allowed is a duration",
        ),
        (
            "{\"limit\": {\"edits\": 1, \"per\": \"1M\"}}",
            (1, 31),
            "from 1s to 31d",
        ),
        (
            "{\"limit\": {\"edits\": 1, \"per\": \"32d\"}}",
            (1, 31),
            "from 1s to 31d",
        ),
        (
            "{\"editable\": [\"/a\"],\n\"critical\": [\"/a\", \"/b\"]}",
            (2, 20),
            "\"/b\" is critical and never editable",
        ),
    ] {
        let faults = parse("x.policy.json", text).unwrap_err();
        let fault = &faults[0];
        assert_eq!((fault.line, fault.column), place, "{text}: {fault}");
        assert!(fault.message.contains(says), "{text}: {fault}");
        assert!(fault.to_string().starts_with("x.policy.json:"));
    }
    let deep = format!("{{\"editable\": {}{}}}", "[".repeat(20), "]".repeat(20));
    assert!(
        parse("x.policy.json", &deep).unwrap_err()[0]
            .message
            .contains("levels deep")
    );
}

#[test]
fn all_faults_are_listed_in_the_order_of_the_text() {
    let text = "{\"states\": [\"dead\"],\n\"limit\": {},\n\"odd\": 1}";
    let faults = parse("x.policy.json", text).unwrap_err();
    let lines: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [1, 2, 2, 3]);
}

fn dead(schemas: &[&str], pointers: &[&str]) -> Vec<String> {
    let policy = serde_json::json!({ "editable": pointers }).to_string();
    let policy = parse("x.policy.json", &policy).unwrap();
    let schemas: Vec<Arc<Schema>> = schemas
        .iter()
        .map(|text| Arc::new(Schema::compile("x.json", text).unwrap()))
        .collect();
    let faults = dead_pointers(&policy, &schemas);
    let places = faults.into_iter().map(|fault| {
        let index: usize = fault.pointer.rsplit('/').next().unwrap().parse().unwrap();
        pointers[index].to_owned()
    });
    places.collect()
}

#[test]
fn a_pointer_that_no_schema_has_is_dead() {
    let schema = r##"{
        "type": "object",
        "properties": {
            "amount": {"type": "number"},
            "customer": {"$ref": "#/$defs/customer"},
            "lines": {"type": "array", "items": {"properties": {"quantity": {}}}},
            "notes": {"type": "object"},
            "tags": {"type": "object", "properties": {"a": {}}, "additionalProperties": {"type": "string"}},
            "tree": {"$ref": "#/$defs/tree"},
            "either": {"oneOf": [{"properties": {"x": {}}}, {"properties": {"y": {}}}]},
            "pair": {"prefixItems": [{"properties": {"p": {}}}]},
            "odd": {"patternProperties": {"^x-": {}}},
            "a*b": {}
        },
        "$defs": {
            "customer": {"type": "object", "properties": {"email": {"type": "string"}}, "additionalProperties": false},
            "tree": {"properties": {"left": {"$ref": "#/$defs/tree"}, "leaf": {"type": "number"}}}
        }
    }"##;
    let alive = [
        "",
        "/amount",
        "/customer/email",
        "/customer/*",
        "/lines/*/quantity",
        "/lines/0/quantity",
        "/notes/anything/at/all",
        "/tags/b",
        "/tree/left/left/leaf",
        "/**/leaf",
        "/**/email",
        "/**",
        "/either/x",
        "/either/y",
        "/pair/0/p",
        "/odd/x-1",
        "/a~2b",
        "/customer/**",
    ];
    assert_eq!(dead(&[schema], &alive), [""; 0]);
    let gone = [
        "/amout",
        "/amount/x",
        "/customer/phone",
        "/lines/quantity",
        "/lines/*/price",
        "/tags/b/c",
        "/tree/right",
        "/either/z",
        "/odd/y",
        "/**/nowhere/x",
    ];
    // notes is open, so that anything may be somewhere in it.
    assert_eq!(dead(&[schema], &gone), gone[..9]);
    assert_eq!(
        dead(
            &[schema, r#"{"properties":{"amout":{}}}"#],
            &["/amout", "/amuont"]
        ),
        ["/amuont"]
    );
    assert_eq!(dead(&[], &["/amout"]), [""; 0]);
    assert_eq!(dead(&["{}"], &["/amout"]), [""; 0]);
}

/// The listed places of a change: not editable, sensitive, critical.
fn changed(policy: &str, before: &str, after: &str) -> [Vec<String>; 3] {
    let policy = parse("x.policy.json", policy).unwrap();
    let after = Document::parse(after).unwrap();
    let document = Document::parse(before).ok();
    let before = document
        .as_ref()
        .map_or(Before::Unreadable, Before::Document);
    let found = changed_places(&policy, before, &after);
    [found.not_editable, found.sensitive, found.critical].map(|places| places.listed)
}

#[test]
fn the_changed_places_are_named_by_their_pointers() {
    let policy = r#"{"editable": ["/a", "/lines/*/n", "/~2"], "sensitive": ["/card/**"], "critical": ["/a/b"]}"#;
    let none: [&[&str]; 3] = [&[], &[], &[]];
    for (before, after, expected) in [
        (r#"{"a":1,"b":2}"#, r#"{ "b": 2, "\u0061": 1 }"#, none),
        (r#"{"x":"a/b"}"#, r#"{"x":"a\/b"}"#, none),
        (r#"{"x":1.0}"#, r#"{"x":1}"#, [&["/x"], &[], &[]]),
        (
            r#"{"x":12345678901234567890}"#,
            r#"{"x":12345678901234567891}"#,
            [&["/x"], &[], &[]],
        ),
        (
            r#"{"x":"\ud800"}"#,
            r#"{"x":"\ud801"}"#,
            [&["/x"], &[], &[]],
        ),
        (r#"{"a":1}"#, r#"{"a":{"b":1}}"#, [&[], &[], &["/a/b"]]),
        (
            r#"{"a":{"b":1}}"#,
            r#"{"a":{"c":1}}"#,
            [&[], &[], &["/a/b"]],
        ),
        (r#"{"a":{"c":1}}"#, r#"{"a":{}}"#, none),
        ("{}", r#"{"a":1,"c/d":{"e~f":1}}"#, [&["/c~1d"], &[], &[]]),
        (
            r#"{"lines":[{"n":1},{"n":2}]}"#,
            r#"{"lines":[{"n":1},{"n":3}]}"#,
            none,
        ),
        (
            r#"{"lines":[{"n":1},{"n":2}]}"#,
            r#"{"lines":[{"n":2}]}"#,
            [&["/lines/1"], &[], &[]],
        ),
        (
            r#"{"lines":[{"m":1},{"m":2}]}"#,
            r#"{"lines":[{"m":2}]}"#,
            [&["/lines/0/m", "/lines/1"], &[], &[]],
        ),
        (
            r#"{"lines":[]}"#,
            r#"{"lines":{}}"#,
            [&["/lines"], &[], &[]],
        ),
        (
            r#"{"*":1,"**":1}"#,
            r#"{"*":2,"**":2}"#,
            [&["/**"], &[], &[]],
        ),
        (r#"{"":{"":1}}"#, r#"{"":{"":2}}"#, [&["//"], &[], &[]]),
        ("1", "2", [&[""], &[], &[]]),
        // Of a member that is there twice, each counts.
        (r#"{"x":1,"x":2}"#, r#"{"x":2}"#, [&["/x"], &[], &[]]),
        (r#"{"x":1,"x":2,"a":1}"#, r#"{"a":2,"x":1,"x":2}"#, none),
        // What is not JSON is changed as a whole.
        ("{oops", "{}", [&[""], &["/card/**"], &["/a/b"]]),
        // A pointer ends where something sensitive begins.
        (
            r#"{"card":{"4111":1}}"#,
            r#"{"card":{"4111":2}}"#,
            [&["/card"], &["/card"], &[]],
        ),
        (
            r#"{"card":{"4111":1}}"#,
            "{}",
            [&["/card"], &["/card"], &[]],
        ),
    ] {
        let expected =
            expected.map(|places| places.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(changed(policy, before, after), expected, "{before} {after}");
    }
}

#[test]
fn megabytes_and_any_depth_are_compared_without_a_stack() {
    let policy = r#"{"editable": ["/x"], "sensitive": ["/**/secret"], "critical": ["/*/*/a"]}"#;
    let large = |last: u32| {
        let all: Vec<String> = (0..250_000).map(|n| format!(r#"{{"n{n}":1}}"#)).collect();
        format!(r#"{{"list":[{},{last}]}}"#, all.join(","))
    };
    assert_eq!(changed(policy, &large(1), &large(2))[0], ["/list/250000"]);
    let nested = |inner: &str| format!("{}{inner}{}", "[".repeat(500_000), "]".repeat(500_000));
    // Too deep to be compared: all of it counts as changed.
    assert_eq!(changed(policy, &nested("1"), &nested("2"))[0], [""]);
    let deep = format!(r#"{{"y":{}}}"#, nested(r#"{"secret":1}"#));
    let policy = parse("x.policy.json", policy).unwrap();
    let deep = Document::parse(&deep).unwrap();
    let found = changed_places(&policy, Before::Nothing, &deep);
    assert_eq!(found.sensitive.all, 1);
}

#[test]
fn only_the_first_places_are_listed_and_all_are_counted() {
    let policy = parse("x.policy.json", r#"{"editable": []}"#).unwrap();
    let text = |value| {
        let all: Vec<String> = (0..500).map(|n| format!("\"m{n:03}\":{value}")).collect();
        format!("{{{}}}", all.join(","))
    };
    let (before, after) = (text(1), text(2));
    let [before, after] = [&before, &after].map(|text| Document::parse(text).unwrap());
    let found = changed_places(&policy, Before::Document(&before), &after).not_editable;
    assert_eq!((found.listed.len(), found.all), (20, 500));
}
