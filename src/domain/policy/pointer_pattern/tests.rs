//! What a pattern matches, and which texts are patterns.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::domain::json::unescape_step;

fn pattern(text: &str) -> PointerPattern {
    PointerPattern::parse(text).unwrap()
}

fn covers(text: &str, pointer: &str) -> bool {
    let pattern = pattern(text);
    let names: Vec<_> = pointer.split('/').skip(1).map(unescape_step).collect();
    let covered = pattern.covers(names.iter().map(AsRef::as_ref));
    let patterns = [pattern];
    let walk = names
        .iter()
        .fold(PatternWalk::new(&patterns), |walk, name| walk.down(name));
    assert_eq!(walk.is_within(), covered, "{text} {pointer}");
    covered
}

#[test]
fn a_pattern_covers_what_it_matches_and_all_below() {
    for (text, pointer, yes) in [
        ("", "", true),
        ("", "/a", true),
        ("/a", "", false),
        ("/a", "/a", true),
        ("/a", "/a/b/0", true),
        ("/a", "/ab", false),
        ("/a", "/b/a", false),
        ("/*", "/a", true),
        ("/*", "", false),
        ("/*/b", "/a/b", true),
        ("/*/b", "/a/c/b", false),
        ("/lines/*/quantity", "/lines/17/quantity", true),
        ("/lines/*/quantity", "/lines/17", false),
        ("/card/**", "/card", true),
        ("/card/**", "/card/a/b", true),
        ("/card/**", "/cards", false),
        ("/**", "", true),
        ("/**/b", "/b", true),
        ("/**/b", "/a/0/b/c", true),
        ("/**/b", "/a/0/c", false),
        ("/a/**/b/*/c", "/a/x/b/b/y/c", true),
        ("/a/**/b/*/c", "/a/x/b/y/z", false),
        ("/", "/", true),
        ("/", "", false),
        ("//", "//", true),
        ("/~2", "/*", true),
        ("/~2", "/a", false),
        ("/~2~2", "/**", true),
        ("/a~1b~0c~2d", "/a~1b~0c*d", true),
        ("/~01", "/~01", true),
        ("/0", "/00", false),
    ] {
        assert_eq!(covers(text, pointer), yes, "{text} {pointer}");
    }
}

#[test]
fn a_text_that_is_no_pattern_says_what_is_allowed() {
    for (text, says) in [
        ("amount", "begins with a slash"),
        ("$.amount", "begins with a slash"),
        ("/a*", "~2"),
        ("/***", "~2"),
        ("/a~", "~0"),
        ("/a~3", "~1"),
        (&"/a".repeat(101), "at most 100"),
    ] {
        let fault = PointerPattern::parse(text).unwrap_err();
        assert!(fault.contains(says), "{text}: {fault}");
    }
    assert!(PointerPattern::parse(&"/**".repeat(100)).is_ok());
}

#[test]
fn patterns_meet_where_a_value_can_lie_in_both() {
    for (one, other, yes) in [
        ("/a", "/a", true),
        ("/a", "/b", false),
        ("/a", "/a/b", true),
        ("/a/b", "/a", true),
        ("/a/*", "/a/b/c", true),
        ("/a/b", "/a/c", false),
        ("", "/a", true),
        ("/**/x", "/a/b", true),
        ("/lines/*/price", "/lines/0/price", true),
        ("/lines/*/price", "/lines/0/quantity", false),
        ("/lines/**", "/line", false),
    ] {
        assert_eq!(pattern(one).meets(&pattern(other)), yes, "{one} {other}");
        assert_eq!(pattern(other).meets(&pattern(one)), yes, "{other} {one}");
    }
}

#[test]
fn a_walk_ends_early_where_no_pattern_leads() {
    let patterns = [pattern("/a/b"), pattern("/c")];
    let walk = PatternWalk::new(&patterns);
    assert!(!walk.is_dead());
    assert!(!walk.down("a").is_dead() && !walk.down("a").is_within());
    assert!(walk.down("x").is_dead());
    assert!(walk.down("x").down("b").is_dead());
    assert!(walk.down("c").down("anything").is_within());
    assert!(PatternWalk::new(&[]).is_dead());
}
