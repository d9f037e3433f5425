//! Every way in which two edits can meet.
#![allow(clippy::unwrap_used)]
use super::*;

fn merged(base: &str, theirs: &str, mine: &str) -> Result<String, Vec<String>> {
    let [base, theirs, mine] = [base, theirs, mine].map(|text| Document::parse(text).unwrap());
    match merge(&base, &theirs, &mine) {
        Merge::Clean(text) => Ok(Document::parse(&text).unwrap().compact()),
        Merge::Conflict(pointers) => Err(pointers),
    }
}

#[test]
fn edits_that_do_not_touch_are_joined() {
    for (base, theirs, mine, expected) in [
        // Only one side changed, or both made the same change.
        ("1", "1", "2", "2"),
        ("1", "2", "1", "2"),
        ("1", "2", "2", "2"),
        ("1.0", "1.0", "1.00", "1.00"),
        ("{\"a\":1}", "{\"a\":2}", "{\"a\":2}", "{\"a\":2}"),
        // Different members.
        (
            "{\"a\":1,\"b\":1}",
            "{\"a\":2,\"b\":1}",
            "{\"a\":1,\"b\":2}",
            "{\"a\":2,\"b\":2}",
        ),
        (
            "{\"a\":{\"x\":1,\"y\":1}}",
            "{\"a\":{\"x\":2,\"y\":1}}",
            "{\"a\":{\"x\":1,\"y\":2}}",
            "{\"a\":{\"x\":2,\"y\":2}}",
        ),
        // Added: by one side, by both alike, by both differently; theirs come first, mine last.
        ("{}", "{\"a\":1}", "{}", "{\"a\":1}"),
        ("{}", "{\"a\":1}", "{\"a\":1}", "{\"a\":1}"),
        (
            "{\"z\":0}",
            "{\"t\":1,\"z\":0}",
            "{\"m\":2,\"z\":0}",
            "{\"t\":1,\"z\":0,\"m\":2}",
        ),
        (
            "{\"a\":[]}",
            "{\"a\":[],\"b\":{}}",
            "{\"c\":[1],\"a\":[]}",
            "{\"a\":[],\"b\":{},\"c\":[1]}",
        ),
        // Removed: by one side, by both, beside an edit.
        (
            "{\"a\":1,\"b\":1}",
            "{\"b\":1}",
            "{\"a\":1,\"b\":1}",
            "{\"b\":1}",
        ),
        ("{\"a\":1,\"b\":1}", "{\"a\":1}", "{\"a\":1}", "{\"a\":1}"),
        (
            "{\"a\":1,\"b\":1,\"c\":1}",
            "{\"b\":1,\"c\":2}",
            "{\"a\":1,\"c\":1}",
            "{\"c\":2}",
        ),
        ("{\"a\":1}", "{}", "{\"a\":1,\"b\":2}", "{\"b\":2}"),
        // Arrays: changed by one side; merged by position if the lengths are equal.
        (
            "{\"a\":[1,2],\"b\":1}",
            "{\"a\":[1],\"b\":1}",
            "{\"a\":[1,2],\"b\":2}",
            "{\"a\":[1],\"b\":2}",
        ),
        ("[1,2,3]", "[9,2,3]", "[1,2,8]", "[9,2,8]"),
        (
            "[{\"x\":1,\"y\":1}]",
            "[{\"x\":2,\"y\":1}]",
            "[{\"x\":1,\"y\":2}]",
            "[{\"x\":2,\"y\":2}]",
        ),
        ("[[],{}]", "[[],{\"a\":1}]", "[[1],{}]", "[[1],{\"a\":1}]"),
        // Tokens are kept, names are compared decoded, white space is no change.
        (
            "{\"a\":1e400,\"b\":\"\\ud800\"}",
            "{\"\\u0061\":1e400,\"b\":\"\\ud801\"}",
            "{\"a\":1E400,\"b\":\"\\ud800\"}",
            "{\"\\u0061\":1E400,\"b\":\"\\ud801\"}",
        ),
        ("{\"a\":1}", "{ \"a\" :\n1 }", "{\"a\":2}", "{\"a\":2}"),
        (
            "{\"x{\":\"{\",\"b\":1}",
            "{\"x{\":\"[\",\"b\":1}",
            "{\"x{\":\"{\",\"b\":2}",
            "{\"x{\":\"[\",\"b\":2}",
        ),
        // A duplicate name is fine as long as one side left the object alone.
        (
            "{\"a\":1,\"a\":2}",
            "{\"a\":1,\"a\":2}",
            "{\"a\":3}",
            "{\"a\":3}",
        ),
    ] {
        assert_eq!(
            merged(base, theirs, mine).as_deref(),
            Ok(expected),
            "{base} {theirs} {mine}"
        );
    }
}

#[test]
fn what_both_changed_is_a_conflict_at_its_place() {
    for (base, theirs, mine, places) in [
        ("1", "2", "3", vec![""]),
        ("1", "1.0", "1.00", vec![""]),
        ("{\"a\":1}", "{\"a\":2}", "{\"a\":3}", vec!["/a"]),
        ("{}", "{\"a\":1}", "{\"a\":2}", vec!["/a"]),
        ("{}", "{\"a\":{\"x\":1}}", "{\"a\":{\"y\":1}}", vec!["/a"]),
        ("{\"a\":1}", "{}", "{\"a\":2}", vec!["/a"]),
        ("{\"a\":1}", "{\"a\":2}", "{}", vec!["/a"]),
        (
            "{\"a/b\":{\"~\":1},\"c\":1}",
            "{\"a/b\":{\"~\":2},\"c\":2}",
            "{\"a/b\":{\"~\":3},\"c\":3}",
            vec!["/a~1b/~0", "/c"],
        ),
        (
            "{\"a\":[1,2]}",
            "{\"a\":[1]}",
            "{\"a\":[1,2,3]}",
            vec!["/a"],
        ),
        (
            "{\"a\":[1,2]}",
            "{\"a\":[3,4]}",
            "{\"a\":[5,6]}",
            vec!["/a"],
        ),
        (
            "{\"a\":[{\"x\":1}]}",
            "{\"a\":[{\"x\":2}]}",
            "{\"a\":[{\"x\":3}]}",
            vec!["/a"],
        ),
        ("{\"a\":{}}", "{\"a\":[]}", "{\"a\":{\"x\":1}}", vec!["/a"]),
        (
            "{\"a\":1,\"a\":2}",
            "{\"a\":1,\"a\":3}",
            "{\"a\":1,\"a\":4}",
            vec![""],
        ),
    ] {
        let places: Vec<String> = places.into_iter().map(str::to_owned).collect();
        assert_eq!(
            merged(base, theirs, mine),
            Err(places),
            "{base} {theirs} {mine}"
        );
    }
}

#[test]
fn a_merge_is_pretty_printed() {
    let [base, theirs, mine] = [
        "{\"a\":1,\"b\":[]}",
        "{\"a\":1,\"b\":[1]}",
        "{\"a\":2.0,\"b\":[]}",
    ];
    let parse = |text| Document::parse(text).unwrap();
    assert_eq!(
        merge(&parse(base), &parse(theirs), &parse(mine)),
        Merge::Clean("{\n  \"a\": 2.0,\n  \"b\": [\n    1\n  ]\n}".to_owned())
    );
}

#[test]
fn nesting_past_the_limit_is_one_piece() {
    let deep =
        |levels: usize, core: &str| format!("{}{core}{}", "[".repeat(levels), "]".repeat(levels));
    let three = |levels| {
        let [base, theirs, mine] = ["1,1", "2,1", "1,2"].map(|core| deep(levels, core));
        merged(&base, &theirs, &mine)
    };
    assert_eq!(three(MAX_EDIT_DEPTH), Ok(deep(MAX_EDIT_DEPTH, "2,2")));
    assert_eq!(three(100_000), Err(vec![String::new()]));
}
