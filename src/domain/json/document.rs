//! JSON text with the place of each of its values.

use super::error::{JsonError, Position};
use super::scanner::{self, Node};
use super::unescape;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// A checked JSON text and the place of each of its values.
///
/// Borrows the text, and uses 12 bytes of memory for each value and key.
#[derive(Debug)]
pub struct Document<'t> {
    pub(super) text: &'t str,
    pub(super) nodes: Vec<Node>,
    pub(super) depth: usize,
    pub(super) lone_surrogates: bool,
}

impl<'t> Document<'t> {
    /// Parses `text`, which must be one JSON value with nothing but white space around it.
    ///
    /// Escapes of lone surrogates (`"\ud800"`) are valid by the grammar and accepted.
    ///
    /// # Errors
    ///
    /// The first place that violates the grammar, and what was expected there.
    pub fn parse(text: &'t str) -> Result<Document<'t>, JsonError> {
        let scanned = scanner::scan(text)?;
        Ok(Document {
            text,
            nodes: scanned.nodes,
            depth: scanned.depth,
            lone_surrogates: scanned.lone_surrogates,
        })
    }

    /// The text this document was parsed from, unchanged.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// The nesting depth: how many objects and arrays are open at the deepest place; 0 for a scalar.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Whether a string holds half a UTF-16 pair (`"\ud800"`), which no Rust string can hold. [`Document::to_value`]
    /// replaces each by U+FFFD; the text keeps it.
    pub fn has_lone_surrogates(&self) -> bool {
        self.lone_surrogates
    }

    /// Whether both have the same tokens in the same order, so that they differ at most in white space.
    pub fn same_tokens(&self, other: &Document<'_>) -> bool {
        self.same_at(0, other, 0)
    }

    /// Whether the value at node `at` has the same tokens as the value at node `there` of `other`.
    pub(crate) fn same_at(&self, at: usize, other: &Document<'_>, there: usize) -> bool {
        let size = self.next(at) - at;
        size == other.next(there) - there
            && (0..size).all(|offset| self.same_node(at + offset, other, there + offset))
    }

    /// Whether two nodes are alike, apart from their content.
    pub(super) fn same_node(&self, at: usize, other: &Document<'_>, there: usize) -> bool {
        let kind = self.kind(at);
        kind == other.kind(there)
            && match kind {
                NodeKind::Scalar => self.token(at) == other.token(there),
                _ => self.next(at) - at == other.next(there) - there,
            }
    }

    /// The kind of a node.
    pub(crate) fn kind(&self, at: usize) -> NodeKind {
        match self.text.as_bytes()[self.nodes[at].start as usize] {
            b'{' => NodeKind::Object,
            b'[' => NodeKind::Array,
            _ => NodeKind::Scalar,
        }
    }

    /// The text of a node as it was written.
    pub(crate) fn token(&self, at: usize) -> &'t str {
        let node = self.nodes[at];
        &self.text[node.start as usize..node.end as usize]
    }

    /// Where the text of a node is, in bytes.
    pub(crate) fn range(&self, at: usize) -> Range<usize> {
        let node = self.nodes[at];
        node.start as usize..node.end as usize
    }

    /// The text between the quotes of a string node.
    pub(super) fn string_body(&self, at: usize) -> &'t str {
        let token = self.token(at);
        &token[1..token.len() - 1]
    }

    /// The node after this one and all its content.
    pub(crate) fn next(&self, at: usize) -> usize {
        self.nodes[at].next as usize
    }

    /// The nodes of an array's elements.
    pub(crate) fn elements(&self, array: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.next(array);
        let within = move |at: &usize| *at < end;
        let after = move |&at: &usize| Some(self.next(at)).filter(within);
        std::iter::successors(Some(array + 1).filter(within), after)
    }

    /// The nodes of an object's keys and of their values.
    pub(crate) fn members(&self, object: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let end = self.next(object);
        let within = move |key: &usize| *key < end;
        let after = move |&key: &usize| Some(self.next(key + 1)).filter(within);
        std::iter::successors(Some(object + 1).filter(within), after).map(|key| (key, key + 1))
    }

    /// The decoded text of a string or key; lone surrogates become U+FFFD.
    pub(crate) fn decoded(&self, at: usize) -> Cow<'t, str> {
        unescape::decode(self.string_body(at))
    }

    /// The decoded string as bytes that are equal only if the strings are, lone surrogates included.
    pub(crate) fn decoded_exactly(&self, at: usize) -> Cow<'t, [u8]> {
        unescape::decode_exactly(self.string_body(at))
    }

    /// An object's values by name; the last of several with one name.
    pub(crate) fn by_name(&self, object: usize) -> HashMap<Cow<'t, [u8]>, usize> {
        let members = self.members(object);
        members
            .map(|(key, value)| (self.decoded_exactly(key), value))
            .collect()
    }

    /// The strings of an array of strings and nulls, without the nulls; lone surrogates become U+FFFD.
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

    pub(super) fn position_of(&self, at: usize) -> Position {
        Position::of(self.text, self.nodes[at].start as usize)
    }
}

/// The kind of a node and, for a container, what it needs to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NodeKind {
    Object,
    Array,
    Scalar,
}
