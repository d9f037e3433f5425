//! The JSON text of a job, read without ever changing it.
//!
//! Job data is text that other programs wrote and will read again, so its digits, key order and escapes
//! are facts to be kept. [`Document`] checks the grammar (RFC 8259) and remembers where every value stands
//! in the text; whatever is printed from it is put together from the original tokens. General JSON crates
//! turn text into values and lose just this, hence a scanner of our own.
//!
//! Nothing here recurses: five megabytes of `[[[[…` cost time in proportion to their length and no stack.

#[cfg(test)]
pub(crate) mod arbitrary;
mod canonical;
mod duplicate_keys;
mod error;
mod error_hints;
mod format;
mod members_by_name;
mod pointer;
#[cfg(test)]
mod properties;
mod scanner;
mod to_value;
mod unescape;

pub(crate) use error::{JsonError, Position};
pub(crate) use pointer::{BadPointer, check_pointer, join_pointer};

use std::borrow::Cow;
use std::collections::HashMap;

/// The deepest nesting (objects and arrays within each other) that may be edited, compared or checked.
/// Deeper documents can be parsed and shown, but not turned into values, whose handling recurses.
pub(crate) const MAX_EDIT_DEPTH: usize = 512;

/// JSON text that keeps the grammar, with the place of each of its values.
///
/// Borrows the text; uses 12 bytes of memory for each value and key.
#[derive(Debug)]
pub struct Document<'t> {
    text: &'t str,
    nodes: Vec<Node>,
    depth: usize,
    lone_surrogates: bool,
}

/// One value or one key, in the order of the text. In an object a key is followed by its value;
/// `next` is the index of the node that follows this one and all that is within it.
#[derive(Debug, Clone, Copy)]
struct Node {
    start: u32,
    end: u32,
    next: u32,
}

impl<'t> Document<'t> {
    /// Parses `text`, which must be one JSON value with nothing but white space around it.
    ///
    /// Escapes of lone surrogates (`"\ud800"`) are allowed by the grammar and accepted.
    ///
    /// # Errors
    /// The first place where the text leaves the grammar, and what was expected there.
    pub fn parse(text: &'t str) -> Result<Document<'t>, JsonError> {
        scanner::scan(text)
    }

    /// The text this document was parsed from, unchanged.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// How many objects and arrays are open at the deepest place; 0 for a lone string or number.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Whether some string holds half a UTF-16 pair (`"\ud800"`), which no Rust string can hold:
    /// [`Document::to_value`] shows each as U+FFFD, while the text keeps it.
    pub fn has_lone_surrogates(&self) -> bool {
        self.lone_surrogates
    }

    /// Whether both hold the same tokens in the same order, so that they differ in white space at most.
    pub fn same_tokens(&self, other: &Document<'_>) -> bool {
        self.same_at(0, other, 0)
    }

    /// Whether the value at node `at` has the same tokens as the value at node `there` of `other`.
    pub(super) fn same_at(&self, at: usize, other: &Document<'_>, there: usize) -> bool {
        let size = self.next(at) - at;
        size == other.next(there) - there
            && (0..size).all(|offset| self.same_node(at + offset, other, there + offset))
    }

    /// Whether two nodes are alike, leaving aside what is within them.
    fn same_node(&self, at: usize, other: &Document<'_>, there: usize) -> bool {
        let kind = self.kind(at);
        kind == other.kind(there)
            && match kind {
                NodeKind::Scalar => self.token(at) == other.token(there),
                _ => self.next(at) - at == other.next(there) - there,
            }
    }

    /// What stands at a node.
    pub(super) fn kind(&self, at: usize) -> NodeKind {
        match self.text.as_bytes()[self.nodes[at].start as usize] {
            b'{' => NodeKind::Object,
            b'[' => NodeKind::Array,
            _ => NodeKind::Scalar,
        }
    }

    /// The text of a node as it was written.
    pub(super) fn token(&self, at: usize) -> &'t str {
        let node = self.nodes[at];
        &self.text[node.start as usize..node.end as usize]
    }

    /// The text between the quotes of a node that is a string.
    fn string_body(&self, at: usize) -> &'t str {
        let token = self.token(at);
        &token[1..token.len() - 1]
    }

    /// The node after this one and everything within it.
    pub(super) fn next(&self, at: usize) -> usize {
        self.nodes[at].next as usize
    }

    /// The nodes of an array's elements.
    pub(super) fn elements(&self, array: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.next(array);
        let within = move |at: &usize| *at < end;
        let after = move |&at: &usize| Some(self.next(at)).filter(within);
        std::iter::successors(Some(array + 1).filter(within), after)
    }

    /// The nodes of an object's keys and of their values.
    pub(super) fn members(&self, object: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let end = self.next(object);
        let within = move |key: &usize| *key < end;
        let after = move |&key: &usize| Some(self.next(key + 1)).filter(within);
        std::iter::successors(Some(object + 1).filter(within), after).map(|key| (key, key + 1))
    }

    /// What a string or a key stands for; lone surrogates become U+FFFD.
    pub(super) fn decoded(&self, at: usize) -> Cow<'t, str> {
        unescape::decode(self.string_body(at))
    }

    /// The same as bytes that are equal just when the strings are, lone surrogates included.
    pub(super) fn decoded_exactly(&self, at: usize) -> Cow<'t, [u8]> {
        unescape::decode_exactly(self.string_body(at))
    }

    /// An object's values by their names; of several with one name the last.
    pub(super) fn by_name(&self, object: usize) -> HashMap<Cow<'t, [u8]>, usize> {
        let members = self.members(object);
        members
            .map(|(key, value)| (self.decoded_exactly(key), value))
            .collect()
    }

    /// The strings of an array that holds nothing but strings and nulls, the nulls left out; lone surrogates become U+FFFD.
    pub fn strings(&self) -> Option<Vec<String>> {
        if self.kind(0) != NodeKind::Array {
            return None;
        }
        let strings = self.elements(0).filter(|at| self.token(*at) != "null");
        strings
            .map(|at| {
                let is_string = self.token(at).starts_with('"');
                is_string.then(|| self.decoded(at).into_owned())
            })
            .collect()
    }

    fn position_of(&self, at: usize) -> Position {
        Position::of(self.text, self.nodes[at].start as usize)
    }
}

/// What a node is, as far as its shape goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NodeKind {
    Object,
    Array,
    Scalar,
}

/// `text` pretty-printed when it is JSON, and as it is when it is not.
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
