//! What the scanner accepts, what it refuses, and its messages.
#![allow(clippy::unwrap_used)]
use crate::domain::json::document::Document;

#[test]
fn everything_the_grammar_allows_is_taken() {
    for text in [
        "0",
        "-0",
        "1.5e+10",
        "1E400",
        "12345678901234567890123",
        "\"\"",
        "true",
        "false",
        "null",
        " [ ] ",
        "{}",
        "\t{\"a\" :\r\n[1 , \"b\"]}\n",
        "{\"\":0}",
        "{\"a\":1,\"a\":2}",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\u0000\"",
        "\"\u{7f}\u{2028}😀\"",
        "[[[[[[[[]]]]]]]]",
        "[\"\\\\\",\"\\\"\"]",
        "[-0.0,1e5,1e-05]",
    ] {
        let document = Document::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
        assert_eq!(document.token(0), text.trim(), "{text}");
    }
}

#[test]
fn faults_say_where_and_what() {
    let cases: &[(&str, usize, usize, &str)] = &[
        ("", 1, 1, "the document is empty; expected a value"),
        (" \n ", 2, 2, "the document is empty; expected a value"),
        (
            "{\"a\":1 \"b\":2}",
            1,
            8,
            "expected a comma or } after the value, found \"b\"",
        ),
        (
            "[1 2]",
            1,
            4,
            "expected a comma or ] after the value, found \"2\"",
        ),
        (
            "[1,]",
            1,
            3,
            "there is nothing between this comma and ]: take the comma out",
        ),
        (
            "{\"a\":1,\n}",
            1,
            7,
            "there is nothing between this comma and }: take the comma out",
        ),
        ("[,1]", 1, 2, "expected a value, found \",\""),
        ("[1,,2]", 1, 4, "expected a value, found \",\""),
        (
            "{\"a\":}",
            1,
            6,
            "expected a value, found \"}\"; the { at line 1, column 1 is still open",
        ),
        (
            "{\"a\" 1}",
            1,
            6,
            "expected a colon after the member name, found \"1\"",
        ),
        (
            "{a:1}",
            1,
            2,
            "a member name needs double quotes: write \"a\"",
        ),
        (
            "{1:1}",
            1,
            2,
            "a member name needs double quotes: write \"1\"",
        ),
        (
            "{'a':1}",
            1,
            2,
            "strings and member names need double quotes (\"), found a single quote",
        ),
        (
            "['a']",
            1,
            2,
            "strings and member names need double quotes (\"), found a single quote",
        ),
        (
            "[“a”]",
            1,
            2,
            "strings need straight double quotes (\"), found “",
        ),
        ("[1] // done", 1, 5, "JSON has no comments: take this out"),
        ("{/* x */}", 1, 2, "JSON has no comments: take this out"),
        (
            "NaN",
            1,
            1,
            "NaN is not a JSON number; expected a number or null",
        ),
        (
            "[-Infinity]",
            1,
            3,
            "-Infinity is not a JSON number; expected a number or null",
        ),
        ("[undefined]", 1, 2, "undefined is not JSON; expected null"),
        ("[True]", 1, 2, "JSON writes this in lower case: true"),
        ("nul", 1, 1, "expected a value, found \"nul\""),
        ("nullx", 1, 1, "expected a value, found \"nullx\""),
        (
            "[01]",
            1,
            2,
            "a number may not start with a zero and a digit",
        ),
        (
            "[-01]",
            1,
            2,
            "a number may not start with a zero and a digit",
        ),
        (
            "-",
            1,
            2,
            "expected a digit in the number, found the end of the document",
        ),
        (
            "[1.]",
            1,
            4,
            "expected a digit after the decimal point, found \"]\"",
        ),
        (
            "[1.e5]",
            1,
            4,
            "expected a digit after the decimal point, found \"e5\"",
        ),
        (
            "1e",
            1,
            3,
            "expected a digit in the exponent, found the end of the document",
        ),
        (
            "1e+x",
            1,
            4,
            "expected a digit in the exponent, found \"x\"",
        ),
        ("+1", 1, 1, "expected a value, found \"+1\""),
        (".5", 1, 1, "expected a value, found \".5\""),
        (
            "0x10",
            1,
            2,
            "expected the end of the document, found \"x10\"",
        ),
        ("1 2", 1, 3, "expected the end of the document, found \"2\""),
        ("{}}", 1, 3, "expected the end of the document, found \"}\""),
        (
            "[1}",
            1,
            3,
            "expected a comma or ] after the value, found \"}\"; the [ at line 1, column 1 is still open",
        ),
        (
            "{\"ü\":\n[1",
            2,
            3,
            "expected a comma or ] after the value, found the end of the document; the [ at line 2, column 1 is still open",
        ),
        (
            "[\"ü😀\",\"abc",
            1,
            7,
            "this string is not closed: expected \" before the end of the document",
        ),
        (
            "\"abc\\",
            1,
            1,
            "this string is not closed: expected \" before the end of the document",
        ),
        (
            "[\"a\n\"]",
            1,
            2,
            "this string is not closed on its line: expected \" (a line break inside a string is written \\n)",
        ),
        ("\"a\tb\"", 1, 3, "a tab inside a string is written \\t"),
        (
            "\"\u{1}\"",
            1,
            2,
            "the control character U+0001 inside a string is written \\u0001",
        ),
        (
            "\"\\x41\"",
            1,
            2,
            "a backslash in a string starts one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX (a backslash itself is \\\\), found \"x41\"",
        ),
        (
            "\"\\u12g4\"",
            1,
            2,
            "expected four hexadecimal digits after \\u",
        ),
        (
            "\"\\u+123\"",
            1,
            2,
            "expected four hexadecimal digits after \\u",
        ),
        (
            "\u{feff}{}",
            1,
            1,
            "expected a value, found U+FEFF (a byte order mark)",
        ),
        (
            "[1,\u{a0}2]",
            1,
            4,
            "expected a value, found U+00A0 (a no-break space)",
        ),
    ];
    for (text, line, column, message) in cases {
        let fault = Document::parse(text).expect_err(text);
        assert_eq!(
            (fault.line, fault.column, fault.message.as_str()),
            (*line, *column, *message),
            "{text}"
        );
    }
}

#[test]
fn every_prefix_of_a_document_is_a_fault_and_never_a_panic() {
    let text =
        "{\"a\\u00fc\\ud83d\\ude00😀\":[1.5e-3,true,null,{\"ü\":\"\\\"\"}],\"b\":\"\\ud800\"}";
    assert!(Document::parse(text).is_ok());
    for (end, _) in text.char_indices() {
        assert!(Document::parse(&text[..end]).is_err(), "{}", &text[..end]);
    }
    for (start, _) in text.char_indices().skip(1) {
        assert!(
            Document::parse(&text[start..]).is_err(),
            "{}",
            &text[start..]
        );
    }
}

#[test]
fn half_surrogate_pairs_are_noticed() {
    for (text, lone) in [
        ("\"\\ud83d\\ude00\"", false),
        ("\"\\uD83D\\uDE00\"", false),
        ("\"😀\\u0041\"", false),
        ("\"\\ud83d\"", true),
        ("\"\\ude00\"", true),
        ("\"\\ud83d\\ud83d\\ude00\"", true),
        ("{\"\\ud83d-\\ude00\":1}", true),
        ("\"\\\\ud800\"", false),
    ] {
        assert_eq!(
            Document::parse(text).unwrap().has_lone_surrogates(),
            lone,
            "{text}"
        );
    }
}
