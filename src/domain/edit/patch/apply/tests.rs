use super::*;

const MOST: usize = 1000;

fn reshaped(patch: &str, data: &str) -> Result<String, ApplyError> {
    DataPatch::parse(patch).unwrap().unwrap().apply(data, MOST)
}

#[test]
fn what_is_not_touched_stays_as_it_was_written() {
    let data =
        r#"{"gone":1,"big":12345678901234567890123,"far":1e400,"one":1.0,"last":[1E5,-0.0]}"#;
    assert_eq!(
        reshaped(r#"[{"op":"remove","path":"/gone"}]"#, data).unwrap(),
        r#"{"big":12345678901234567890123,"far":1e400,"one":1.0,"last":[1E5,-0.0]}"#
    );
    assert_eq!(
        reshaped(r#"[{"op":"add","path":"/far","value":1e500}]"#, data).unwrap(),
        data.replace("1e400", "1e500")
    );
}

#[test]
fn every_operation_of_rfc_6902_does_what_it_says() {
    for (patch, expected) in [
        (
            r#"{"op":"add","path":"/b/-","value":3}"#,
            r#"{"a":{"x~/y":1},"b":[1,2,3]}"#,
        ),
        (
            r#"{"op":"add","path":"/b/0","value":0}"#,
            r#"{"a":{"x~/y":1},"b":[0,1,2]}"#,
        ),
        (
            r#"{"op":"remove","path":"/b/0"}"#,
            r#"{"a":{"x~/y":1},"b":[2]}"#,
        ),
        (
            r#"{"op":"replace","path":"/a/x~0~1y","value":2}"#,
            r#"{"a":{"x~/y":2},"b":[1,2]}"#,
        ),
        (
            r#"{"op":"move","from":"/a/x~0~1y","path":"/c"}"#,
            r#"{"a":{},"b":[1,2],"c":1}"#,
        ),
        (
            r#"{"op":"copy","from":"/b","path":"/a/b"}"#,
            r#"{"a":{"x~/y":1,"b":[1,2]},"b":[1,2]}"#,
        ),
        (
            r#"{"op":"test","path":"/b","value":[1,2]}"#,
            r#"{"a":{"x~/y":1},"b":[1,2]}"#,
        ),
        (r#"{"op":"replace","path":"","value":null}"#, "null"),
    ] {
        let data = r#"{"a":{"x~/y":1},"b":[1,2]}"#;
        assert_eq!(
            reshaped(&format!("[{patch}]"), data).unwrap(),
            expected,
            "{patch}"
        );
    }
}

#[test]
fn an_operation_that_does_not_fit_says_where() {
    for (patch, why) in [
        (
            r#"{"op":"remove","path":"/x"}"#,
            "operation 1: there is no /x",
        ),
        (
            r#"{"op":"add","path":"/b/3","value":0}"#,
            "operation 1: there is no /b/3",
        ),
        (
            r#"{"op":"remove","path":"/b/01"}"#,
            "operation 1: there is no /b/01",
        ),
        (
            r#"{"op":"test","path":"/b","value":[1.1,2]}"#,
            "operation 1: /b is another value",
        ),
    ] {
        let answer = reshaped(&format!("[{patch}]"), r#"{"b":[1,2]}"#);
        assert_eq!(
            answer,
            Err(ApplyError::Unfitting(why.to_owned())),
            "{patch}"
        );
    }
}

#[test]
fn data_that_a_patch_would_rewrite_is_left_alone() {
    let patch = r#"[{"op":"add","path":"/b","value":1}]"#;
    assert_eq!(
        reshaped(patch, r#"{"a":1,"a":2}"#),
        Err(ApplyError::Inexact)
    );
    assert_eq!(
        reshaped(patch, r#"{"a":"\ud800"}"#),
        Err(ApplyError::Inexact)
    );
    assert_eq!(reshaped(patch, "{oops"), Err(ApplyError::NotJson));
}

#[test]
fn a_text_that_is_no_patch_is_refused_with_words() {
    for (text, why) in [
        ("{", "not JSON"),
        ("{}", "list of operations"),
        ("[]", "no operation"),
        (
            r#"[{"op":"erase","path":"/a"}]"#,
            "Operation 1: there is no \"op\" \"erase\"",
        ),
        (
            r#"[{"op":"add","path":"a","value":1}]"#,
            "begins with a slash",
        ),
        (r#"[{"op":"add","path":"/a"}]"#, "no \"value\""),
        (
            r#"[{"op":"move","from":"/a","path":"/a/b"}]"#,
            "into itself",
        ),
    ] {
        let refused = DataPatch::parse(text).unwrap_err();
        assert!(refused.contains(why), "{text}: {refused}");
    }
    assert_eq!(DataPatch::parse(" \n"), Ok(None));
}

#[test]
fn a_test_compares_numbers_by_what_they_come_to() {
    let patch = r#"[{"op":"test","path":"","value":{"b":[1,200]}}]"#;
    let data = r#"{"b":[1.0,2e2]}"#;
    assert_eq!(reshaped(patch, data).unwrap(), data);
}

#[test]
fn copies_of_the_whole_into_itself_end_before_they_are_many_or_deep() {
    let wide: Vec<String> = (0..40)
        .map(|n| format!(r#"{{"op":"copy","from":"","path":"/k{n}"}}"#))
        .collect();
    let unfitting = |patch: &[String], most| {
        let patch = DataPatch::parse(&format!("[{}]", patch.join(","))).unwrap();
        match patch.unwrap().apply(r#"{"n":1}"#, most) {
            Err(ApplyError::Unfitting(why)) => why,
            other => panic!("{other:?}"),
        }
    };
    assert!(unfitting(&wide, MOST).contains("more than 1000 bytes"));
    let deep: Vec<String> = (0..14)
        .map(|n| {
            let path = "/a".repeat(1 << n);
            format!(r#"{{"op":"copy","from":"","path":"{path}"}}"#)
        })
        .collect();
    let begin = r#"{"op":"add","path":"","value":{"a":1}}"#.to_owned();
    let deep: Vec<String> = std::iter::once(begin).chain(deep).collect();
    assert!(unfitting(&deep, usize::MAX).contains("nested deeper"));
}

#[test]
fn a_patch_that_says_a_thing_twice_or_points_nowhere_is_refused() {
    for (text, why) in [
        (r#"[{"op":"remove","path":"/a","path":"/b"}]"#, "path"),
        (r#"[{"op":"remove","path":"/~2"}]"#, "~ is written ~0"),
    ] {
        let refused = DataPatch::parse(text).unwrap_err();
        assert!(refused.contains(why), "{text}: {refused}");
    }
}
