//! Parses the JSON text of a job without ever changing it.
//!
//! Other programs wrote job data and will read it again, so its digits, key order and escapes must stay. [`Document`]
//! checks the grammar (RFC 8259) and remembers where every value stands in the text; everything that is printed from it is
//! put together from the original tokens. General JSON crates turn text into values and lose exactly this, hence this
//! scanner.
//!
//! Nothing here recurses: five megabytes of `[[[[…` take time in proportion to their length, and no stack.

#[cfg(test)]
pub(crate) mod arbitrary;
mod canonical;
pub(crate) mod decimal;
mod document;
mod duplicate_keys;
mod error;
mod error_hints;
mod format;
mod members_by_name;
mod pointer;
#[cfg(test)]
mod properties;
mod scanner;
mod splice;
mod to_value;
mod unescape;

pub(crate) use document::{Document, NodeKind};
pub(crate) use error::{JsonError, Position};
pub(crate) use pointer::{BadPointer, array_index, check_pointer, join_pointer, unescape_step};
pub(crate) use unescape::{decode, decode_exactly, utf16_unit as unescape_unit};

/// The deepest nesting of objects and arrays that can be edited, compared or checked. Deeper documents can be parsed and
/// shown, but not turned into values, since handling values recurses.
pub(crate) const MAX_EDIT_DEPTH: usize = 512;

/// `text` pretty-printed if it is JSON, otherwise unchanged.
pub(crate) fn pretty_or_raw(text: &str) -> String {
    Document::parse(text).map_or_else(|_| text.to_owned(), |document| document.pretty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_array_of_strings_is_read_with_its_lone_surrogates() {
        let strings = |text: &str| Document::parse(text).unwrap().strings();
        let read = strings(r#" ["a\n\ud800b", null, "\ud83d\ude00"] "#).unwrap();
        assert_eq!(read, ["a\n\u{fffd}b", "\u{1f600}"]);
        assert_eq!(strings("[]"), Some(Vec::new()));
        for other in ["{}", "[1]", "[[\"a\"]]", "\"a\""] {
            assert_eq!(strings(other), None, "{other}");
        }
    }

    #[test]
    fn depth_counts_the_open_brackets() {
        for (text, depth) in [
            ("1", 0),
            ("[]", 1),
            ("{\"a\":{}}", 2),
            ("[[],[[]]]", 3),
            ("[1,[2],3]", 2),
        ] {
            assert_eq!(Document::parse(text).unwrap().depth(), depth, "{text}");
        }
    }

    #[test]
    fn the_same_tokens_are_the_same_whatever_the_white_space() {
        let base = Document::parse("{\"a\":[1,{}],\"b\":1.0}").unwrap();
        for (text, same) in [
            ("{ \"a\" : [1, { }],\r\n\"b\":1.0 }", true),
            ("{\"b\":1.0,\"a\":[1,{}]}", false),
            ("{\"a\":[1,{}],\"b\":1.00}", false),
            ("{\"\\u0061\":[1,{}],\"b\":1.0}", false),
            ("{\"a\":[1,[]],\"b\":1.0}", false),
            ("{\"a\":[1],\"b\":1.0}", false),
            ("[\"a\",[1,{}],\"b\",1.0]", false),
        ] {
            let other = Document::parse(text).unwrap();
            assert_eq!(base.same_tokens(&other), same, "{text}");
        }
    }

    #[test]
    fn five_megabytes_of_open_brackets_neither_overflow_nor_take_long() {
        let deep = format!("{}{}", "[".repeat(2_500_000), "]".repeat(2_500_000));
        let document = Document::parse(&deep).unwrap();
        assert_eq!(document.depth(), 2_500_000);
        assert_eq!(document.compact(), deep);
        assert!(document.pretty().len() < 3 * deep.len());
        assert!(document.duplicate_keys().is_empty());
        assert!(document.to_value().is_err());
        assert!(document.locate(&"/0".repeat(2_000_000)).is_some());
        assert!(Document::parse(&deep[..2_500_000]).is_err());
        let objects = "{\"a\":".repeat(1_000_000);
        assert!(Document::parse(&objects).is_err());
    }

    #[test]
    fn text_that_is_not_json_is_shown_as_it_is() {
        assert_eq!(pretty_or_raw("{\"a\":NaN}"), "{\"a\":NaN}");
        assert_eq!(pretty_or_raw(""), "");
        assert_eq!(pretty_or_raw("[1]"), "[\n  1\n]");
    }
}
