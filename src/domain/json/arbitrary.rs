//! Generated JSON for the property tests of the domain.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// JSON written in two ways that differ only in white space between tokens.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) spaced: String,
    pub(crate) compact: String,
}

/// Limits the cases, and writes no regression files: a failing case is printed in its smallest form.
pub(crate) fn bounded(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 5_000,
        ..ProptestConfig::default()
    }
}

/// Any JSON: unusual numbers, every escape, duplicate names, and white space anywhere.
pub(crate) fn any_json() -> impl Strategy<Value = Written> {
    let scalar = prop_oneof![literal(), number(), string()];
    let leaf = (scalar, space()).prop_map(|(token, space)| Written {
        spaced: format!("{space}{token}{space}"),
        compact: token,
    });
    leaf.prop_recursive(5, 32, 4, |inner| {
        let array = (vec(inner.clone(), 0..4), space())
            .prop_map(|(elements, space)| bracketed('[', ']', &elements, &space));
        let member = (string(), space(), inner).prop_map(|(name, space, value)| Written {
            spaced: format!("{space}{name}{space}:{}", value.spaced),
            compact: format!("{name}:{}", value.compact),
        });
        let object = (vec(member, 0..4), space())
            .prop_map(|(members, space)| bracketed('{', '}', &members, &space));
        prop_oneof![array, object]
    })
}

/// Compact JSON as `serde_json` writes it, without duplicate names. Names and values come from small sets, so that two such
/// documents often have places in common.
pub(crate) fn plain_json() -> impl Strategy<Value = String> {
    plain_scalar().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![plain_array(inner.clone()), plain_object(inner)]
    })
}

/// Like [`plain_json`], with an object at the top.
pub(crate) fn plain_json_object() -> impl Strategy<Value = String> {
    plain_object(plain_json())
}

/// A number token; some of them no float can hold.
pub(crate) fn number() -> impl Strategy<Value = String> {
    "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,3})?"
}

fn plain_scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "null",
            "true",
            "1",
            "1.0",
            "1e400",
            "-0.0",
            "2",
            "\"\"",
            "\"x\"",
            "\"ü\\n\"",
        ])
        .prop_map(str::to_owned),
        number(),
        "[a-z]{1,3}".prop_map(|text| format!("\"{text}\"")),
    ]
}

fn plain_array(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    vec(inner, 0..4).prop_map(|elements| format!("[{}]", elements.join(",")))
}

fn plain_object(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let names = subsequence(vec!["a", "b", "", "~/", "0", "ü"], 0..=4).prop_shuffle();
    (names, vec(inner, 4)).prop_map(|(names, values)| {
        let members = names.iter().zip(values);
        let members: Vec<String> = members
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", members.join(","))
    })
}

fn bracketed(open: char, close: char, parts: &[Written], space: &str) -> Written {
    let joined = |text: fn(&Written) -> &str| parts.iter().map(text).collect::<Vec<_>>().join(",");
    let spaced = joined(|part| &part.spaced);
    let compact = joined(|part| &part.compact);
    Written {
        spaced: format!("{space}{open}{spaced}{space}{close}{space}"),
        compact: format!("{open}{compact}{close}"),
    }
}

fn space() -> impl Strategy<Value = String> {
    "[ \t\r\n]{0,2}"
}

fn literal() -> impl Strategy<Value = String> {
    select(vec!["null", "true", "false"]).prop_map(str::to_owned)
}

/// A string token: plain characters, every short escape, and escapes of any UTF-16 unit.
fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-d ~/0-9ü😀\u{7f}\u{2028}]",
        1 => "\\\\[\"\\\\/bfnrt]",
        1 => "\\\\u[0-9a-fA-F]{4}",
        1 => "\\\\ud[89ab][0-9a-f]{2}\\\\ud[c-f][0-9a-f]{2}",
    ];
    vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}
