//! Generated documents and policies: no byte of a hidden value is in what is shown, and every one comes back.
//!
//! `BULLKEEPER_MASK_CASES=1000000` tries a million pairs instead of a few thousand.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::places::tests::places;
use super::{Hiding, MASK};
use crate::domain::edit::diff::side_by_side;
use crate::domain::json::arbitrary::bounded;
use crate::domain::json::{Document, pretty_or_raw};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// How every hidden value is marked.
const MARK: &str = "S3CR3T";

fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("BULLKEEPER_MASK_CASES");
    bounded(
        asked
            .ok()
            .and_then(|cases| cases.parse().ok())
            .unwrap_or(usual),
    )
}

/// A document whose values below `card` and `/lines/*/token` hold the mark, and the policy that hides them.
#[derive(Debug, Clone)]
struct Pair {
    document: String,
    patterns: Vec<&'static str>,
}

/// A secret value of any type; numbers are marked by digits.
fn secret() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-z \u{fc}]{0,4}".prop_map(|text| format!("\"{text}{MARK}{text}\"")),
        "[0-9]{0,4}".prop_map(|digits| format!("7373737373{digits}.50e1")),
        Just("null".to_owned()),
        Just("true".to_owned()),
        "[a-z]{1,3}".prop_map(|text| format!("\"{{\\\"{text}\\\":\\\"{MARK}\\\"}}\"")),
        "[a-z]{1,3}".prop_map(|text| format!("\"\\u0053\\u0033CR3T{text}\"")),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|all| format!("[{}]", all.join(" ,"))),
            vec(("[a-c]", inner), 0..3).prop_map(|all| {
                let members = all
                    .iter()
                    .map(|(name, value)| format!("\"{name}\": {value}"));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

fn open_value() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "1.0",
            "-0.0",
            "1e400",
            "12345678901234567890",
            "null",
            "[]",
            "{ }"
        ])
        .prop_map(str::to_owned),
        "[a-z\u{fc} ]{0,6}".prop_map(|text| format!("\"{text}\"")),
        Just("\"•••\"".to_owned()),
        Just("\"\\u00e9\\ud800\"".to_owned()),
    ]
}

fn pair() -> impl Strategy<Value = Pair> {
    let name = select(vec!["\"card\"", "\"c\\u0061rd\"", "\"\\u0063ard\""]);
    let card = vec((name, secret()), 0..3);
    let line = (open_value(), proptest::option::of(secret())).prop_map(|(open, token)| {
        let token = token.map_or(String::new(), |token| format!(",\"token\":{token}"));
        format!("{{\"q\":{open}{token}}}")
    });
    let others = vec(("[d-k]{1,3}", open_value()), 0..4);
    let patterns = select(vec![
        vec!["/card", "/lines/*/token"],
        vec!["/card/**", "/**/token"],
        vec!["/card", "/**/card/**", "/lines/*/token/**", "/*/*/token"],
    ]);
    (card, vec(line, 0..4), others, patterns, "[ \n]{0,2}").prop_map(
        |(card, lines, others, patterns, space)| {
            let mut members: Vec<String> = card
                .iter()
                .map(|(name, value)| format!("{name}{space}:{space}{value}"))
                .collect();
            members.extend(
                others
                    .iter()
                    .map(|(name, value)| format!("\"{name}\":{value}")),
            );
            members.push(format!("\"lines\":[{}]", lines.join(",")));
            Pair {
                document: format!("{{{space}{}}}", members.join(&format!("{space},"))),
                patterns,
            }
        },
    )
}

/// Whether a text shows anything of a hidden value.
fn shows_a_secret(text: &str) -> bool {
    text.contains(MARK) || text.contains("7373737373") || text.contains("\\u0053")
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn no_byte_of_a_hidden_value_is_shown_and_every_one_comes_back(pair in pair()) {
        let hiding = Hiding::Places(Arc::new(places(&pair.patterns)));
        let stored = pair.document.as_str();
        let shown = hiding.mask_text(stored.to_owned());
        prop_assert!(!shows_a_secret(&shown), "{shown}");
        prop_assert!(Document::parse(&shown).is_ok());
        prop_assert_eq!(hiding.unmask(stored.as_bytes(), &shown).unwrap(), stored);
        let pretty = pretty_or_raw(&shown);
        prop_assert!(!shows_a_secret(&pretty));
        let full = hiding.unmask(stored.as_bytes(), &pretty).unwrap();
        let (full, stored_document) = (Document::parse(&full).unwrap(), Document::parse(stored).unwrap());
        prop_assert!(full.same_tokens(&stored_document));
        // Texts made of the data, in the ways in which workers make them.
        let values = hiding.values(Some(stored.as_bytes()));
        for text in [stored.to_owned(), format!("failed: {stored}"), serde_json::Value::from(stored).to_string()] {
            let shown = values.in_text(&text).into_owned();
            prop_assert!(!shown.contains(MARK) && !shown.contains("7373737373"), "{shown} of {text}");
            let shown = String::from_utf8(values.in_bytes(text.clone().into_bytes())).unwrap();
            prop_assert!(!shows_a_secret(&shown), "{shown} of {text}");
        }
    }

    #[test]
    fn an_edit_of_what_is_shown_keeps_every_hidden_byte(
        pair in pair(),
        value in open_value(),
        at in any::<prop::sample::Index>(),
    ) {
        let hiding = Hiding::Places(Arc::new(places(&pair.patterns)));
        let stored = pair.document.as_str();
        let shown = hiding.mask_text(stored.to_owned());
        let document = Document::parse(&shown).unwrap();
        // One value that is not hidden becomes another.
        let open: Vec<usize> = document
            .members(0)
            .filter(|(key, _)| !["card", "lines"].contains(&&*document.decoded(*key)))
            .map(|(_, value)| value)
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        let range = document.range(open[at.index(open.len())]);
        let typed = format!("{}{value}{}", &shown[..range.start], &shown[range.end..]);
        let full = hiding.unmask(stored.as_bytes(), &typed).unwrap();
        let (before, after) = (Document::parse(stored).unwrap(), Document::parse(&full).unwrap());
        let hidden = |document: &Document<'_>| -> Vec<(String, String)> {
            let nodes = places(&pair.patterns).hidden_pointers(document).into_iter();
            nodes.map(|(pointer, node)| (pointer, document.token(node).to_owned())).collect()
        };
        prop_assert_eq!(hidden(&before), hidden(&after));
        // What the review shows of it.
        let again = hiding.mask_text(full.clone());
        prop_assert_eq!(&again, &typed);
        let diff = format!("{:?}", side_by_side(&pretty_or_raw(&shown), &pretty_or_raw(&again), 3));
        prop_assert!(!shows_a_secret(&diff));
    }

    #[test]
    fn a_text_that_leaves_out_a_mask_or_types_over_it_is_refused(pair in pair(), typed in open_value()) {
        let hiding = Hiding::Places(Arc::new(places(&pair.patterns)));
        let stored = pair.document.as_str();
        let document = Document::parse(stored).unwrap();
        let hidden = places(&pair.patterns).hidden_nodes(&document);
        if hidden.is_empty() || typed.contains(MASK) {
            return Ok(());
        }
        let shown = hiding.mask_text(stored.to_owned());
        let over = shown.replacen("\"•••\"", &typed, shown.matches("\"•••\"").count());
        prop_assert!(hiding.unmask(stored.as_bytes(), &over).is_err());
    }
}
