//! Which places a policy hides, and how near a text comes to them.
#![allow(clippy::unwrap_used)]
use super::*;

/// Places as a policy writes them.
pub(crate) fn places(patterns: &[&str]) -> HiddenPlaces {
    let patterns = patterns
        .iter()
        .map(|one| PointerPattern::parse(one).unwrap());
    HiddenPlaces::of_patterns(&patterns.collect::<Vec<_>>())
}

fn hidden(patterns: &[&str], text: &str) -> Vec<String> {
    let document = Document::parse(text).unwrap();
    let found = places(patterns).hidden_pointers(&document);
    found.into_iter().map(|(pointer, _)| pointer).collect()
}

#[test]
fn patterns_hide_the_places_that_they_name() {
    let text =
        r#"{"card":{"number":1,"cvv":2},"lines":[{"q":1},{"q":2}],"a":{"b":{"number":3}},"~/":4}"#;
    for (patterns, expected) in [
        (&["/card/**"][..], &["/card"][..]),
        (&["/card/*"], &["/card/number", "/card/cvv"]),
        (&["/lines/*/q"], &["/lines/0/q", "/lines/1/q"]),
        (&["/lines/1/q"], &["/lines/1/q"]),
        (&["/**/number"], &["/card/number", "/a/b/number"]),
        (&["/a/**/number", "/card"], &["/card", "/a/b/number"]),
        (&["/~0~1"], &["/~0~1"]),
        (&["/nothing", "/card/number/x"], &[]),
        (&["/**"], &[""]),
        (&[""], &[""]),
    ] {
        assert_eq!(hidden(patterns, text), expected, "{patterns:?}");
    }
}

#[test]
fn every_duplicate_and_every_way_to_write_a_name_is_hidden() {
    let text = r#"{"card":1,"\u0063ard":2,"c\u0061rd":[3],"Card":4}"#;
    assert_eq!(hidden(&["/card"], text), ["/card", "/card", "/card"]);
}

#[test]
fn json_in_a_string_is_hidden_as_a_whole_where_a_pattern_leads_into_it() {
    let text = r#"{"card":"{\"number\":4242}","note":"{\"number\":1}","plain":"{x"}"#;
    assert_eq!(hidden(&["/card/number"], text), ["/card"]);
    assert_eq!(hidden(&["/**/number"], text), ["/card", "/note"]);
}

#[test]
fn deep_documents_are_walked_without_recursion() {
    let deep = format!("{}1{}", "[".repeat(500_000), "]".repeat(500_000));
    let document = Document::parse(&deep).unwrap();
    assert!(places(&["/**/card"]).hidden_nodes(&document).is_empty());
    assert!(places(&["/0/0/card"]).hidden_nodes(&document).is_empty());
}

#[test]
fn a_pointer_has_the_place_that_its_value_has() {
    let places = places(&["/lines/*/card/**"]);
    assert!(places.at("/lines/3/card").is_hidden());
    assert!(places.at("/lines/3/card/x").is_hidden());
    assert!(!places.at("/lines/3").is_hidden() && !places.at("/lines/3").is_open());
    assert!(places.at("/other").is_open());
    assert!(places.under("data").at("/data/lines/0/card").is_hidden());
    assert!(places.under("data").at("/lines/0/card").is_open());
}
