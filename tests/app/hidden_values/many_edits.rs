//! Hidden values while the fields beside them are edited again and again.
//!
//! `BULLKEEPER_HIDDEN_EDITS` says how often: the proof is 10,000.

use std::collections::BTreeMap;

use bullkeeper_testkit::killed::number;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reqwest::StatusCode;
use serde_json::value::RawValue;
use serde_json::{Number, Value};

use super::shop::{Shop, shows_hidden};

const EDITS: u64 = 100;

const ID: &str = "900";

/// Hidden values as only a program that keeps bytes leaves them: zeros, exponents and escapes. White space is stored nowhere.
const CARD: &str = r#"{"number":7373737373.250e+1,"holder":"Zo\u00eb \/ xyzzy","x":[1,1.0,{"y":null}],"again":"\ud83d\ude00"}"#;
const EMAIL: &str = r#""xyzzy\u0040mail.example""#;
const TOKENS: [&str; 2] = [r#""xyzzy\u002dtoken""#, "7373737373.00"];

fn stored() -> String {
    let [first, second] = TOKENS;
    format!(
        r#"{{"id":"{ID}","amount":1.0,"card":{CARD},"customer":{{"name":"Ann","email":{EMAIL}}},"lines":[{{"q":1,"token":{first}}},{{"q":2,"token":{second}}}]}}"#
    )
}

/// One edit: what to put at a place, or nothing to take it away.
#[derive(Debug)]
struct Edit {
    /// The pointer to the object that is changed.
    object: &'static str,
    member: &'static str,
    value: Option<Value>,
    /// Whether the text is sent on one line.
    compact: bool,
}

fn literal() -> impl Strategy<Value = Value> {
    "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,4})?(e[+-]?[0-9]{1,2})?"
        .prop_map(|digits| Value::Number(digits.parse::<Number>().unwrap()))
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        literal(),
        "\\PC{0,12}".prop_map(Value::String),
        "[\\\\\"/\n\t{}\\[\\],:\u{1f}]{0,8}".prop_map(Value::String),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            prop::collection::vec(("[a-z\"\\\\]{0,3}", inner), 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    let anything = || prop::option::weighted(0.7, value());
    let change = prop_oneof![
        literal().prop_map(|number| ("", "amount", Some(number))),
        "\\PC{0,12}".prop_map(|name| ("/customer", "name", Some(Value::String(name)))),
        (
            select(vec!["", "/customer", "/lines/0", "/lines/1"]),
            select(vec!["note", "q", "a", "zz"]),
            anything()
        ),
    ];
    (change, any::<bool>()).prop_map(|((object, member, value), compact)| Edit {
        object,
        member,
        value,
        compact,
    })
}

fn apply(document: &mut Value, edit: &Edit) {
    let object = document.pointer_mut(edit.object).unwrap();
    let object = object.as_object_mut().unwrap();
    match &edit.value {
        Some(value) => {
            object.insert(edit.member.to_owned(), value.clone());
        }
        // Every other time the order of what is left changes too.
        None if edit.compact => {
            object.swap_remove(edit.member);
        }
        None => {
            object.shift_remove(edit.member);
        }
    }
}

type Raw<'a> = BTreeMap<String, &'a RawValue>;

/// The stored bytes of what is hidden: the card, the address, and the tokens of the lines.
fn hidden(text: &str) -> [String; 4] {
    let all: Raw<'_> = serde_json::from_str(text).unwrap();
    let customer: Raw<'_> = serde_json::from_str(all["customer"].get()).unwrap();
    let lines: Vec<Raw<'_>> = serde_json::from_str(all["lines"].get()).unwrap();
    [
        all["card"],
        customer["email"],
        lines[0]["token"],
        lines[1]["token"],
    ]
    .map(|raw| raw.get().to_owned())
}

/// What someone sees of a document who may not see what is hidden.
fn seen(text: &str) -> Value {
    let mut document: Value = serde_json::from_str(text).unwrap();
    for pointer in [
        "/card",
        "/customer/email",
        "/lines/0/token",
        "/lines/1/token",
    ] {
        *document.pointer_mut(pointer).unwrap() = "•••".into();
    }
    document
}

#[tokio::test]
async fn every_hidden_byte_stays_through_many_edits_of_the_fields_beside_it() {
    let edits = number("BULLKEEPER_HIDDEN_EDITS", EDITS);
    // A machine that runs other tests beside this one may be slow.
    let mut shop = Shop::open(&[("redis_timeout", "15s")]).await;
    shop.jobs.failed("billing/v1", ID, stored()).await;
    let operator = shop.app.operator().await;
    let mut generator = TestRunner::deterministic();
    let mut done = 0;
    while done < edits {
        let form = operator.edit("billing/v1", ID).await;
        let shown = form.get("text").to_owned();
        assert!(!shows_hidden(&shown), "{shown}");
        let mut document: Value = serde_json::from_str(&shown).unwrap();
        let edit = edit().new_tree(&mut generator).unwrap().current();
        let before = document.clone();
        apply(&mut document, &edit);
        if document == before {
            continue;
        }
        let text = match edit.compact {
            true => document.to_string(),
            false => serde_json::to_string_pretty(&document).unwrap(),
        };
        let form = form.set("text", &text).set("reason", "r");
        let saved = operator.send("/job/save", &form).await;
        let told = || format!("edit {done}: {edit:?}\n{text}");
        assert_eq!(
            saved.status,
            StatusCode::SEE_OTHER,
            "{}\n{}",
            told(),
            saved.text()
        );
        let stored = shop.jobs.data("billing/v1", ID).await.unwrap();
        let stored = String::from_utf8(stored).unwrap();
        let [first, second] = TOKENS;
        assert_eq!(hidden(&stored), [CARD, EMAIL, first, second], "{}", told());
        assert_eq!(seen(&stored), document, "{}", told());
        done += 1;
    }
    let mut applied = 0;
    shop.jobs
        .each_audit_entry(|entry| {
            assert!(!shows_hidden(&format!("{entry:?}")), "{entry:?}");
            let told = (entry.get("action"), entry.get("outcome"));
            applied += u64::from(told == ("job.edit", "applied"));
        })
        .await;
    assert_eq!(applied, edits);
}
