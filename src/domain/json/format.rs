//! Writes a document: pretty for people, compact for storage. Tokens are copied as they were written; only the white space
//! between them changes.

use super::{Document, NodeKind};

/// How many times as long indentation may make a text: deep nesting would otherwise turn megabytes into gigabytes. Past
/// this the indentation shrinks to one column, then to none.
const MOST_GROWTH: usize = 8;

/// Texts up to this many bytes are always indented in full.
const ALWAYS_INDENTED: usize = 64 * 1024;

/// An object or array that is being written.
struct OpenContainer {
    /// The first node after it.
    end: usize,
    kind: NodeKind,
    started: bool,
}

impl Document<'_> {
    /// One line for each value, two columns of indentation for each level; `{}` and `[]` stay on one line. Documents so
    /// deep that this would make them huge get less indentation.
    pub fn pretty(&self) -> String {
        let limit = ALWAYS_INDENTED + MOST_GROWTH * self.text().len();
        self.write(Some(2), limit)
            .or_else(|| self.write(Some(1), limit))
            .or_else(|| self.write(Some(0), usize::MAX))
            .unwrap_or_default()
    }

    /// One line without white space outside strings, as `JSON.stringify` writes it.
    pub fn compact(&self) -> String {
        self.write(None, usize::MAX).unwrap_or_default()
    }

    /// The compact text of the value at a node.
    pub(crate) fn compact_at(&self, at: usize) -> String {
        let mut out = String::with_capacity(self.token(at).len());
        self.write_range(at, None, usize::MAX, &mut out);
        out
    }

    fn write(&self, indent: Option<usize>, limit: usize) -> Option<String> {
        let mut out = String::with_capacity(self.text().len());
        self.write_range(0, indent, limit, &mut out).then_some(out)
    }

    /// Writes the value at node `at`. Returns false, with part of it written, once `out` exceeds `limit` bytes.
    fn write_range(
        &self,
        at: usize,
        indent: Option<usize>,
        limit: usize,
        out: &mut String,
    ) -> bool {
        let end = self.next(at);
        let mut open: Vec<OpenContainer> = Vec::new();
        let mut node = at;
        let mut is_member_value = false;
        loop {
            while open.last().is_some_and(|top| top.end == node) {
                let bracket = open.pop().map(|top| closing(top.kind));
                new_line(out, indent, open.len());
                out.extend(bracket);
            }
            if node == end || out.len() > limit {
                return node == end;
            }
            let depth = open.len();
            if let Some(top) = open.last_mut()
                && !is_member_value
            {
                if std::mem::replace(&mut top.started, true) {
                    out.push(',');
                }
                new_line(out, indent, depth);
                if top.kind == NodeKind::Object {
                    out.push_str(self.token(node));
                    out.push_str(if indent.is_some() { ": " } else { ":" });
                    is_member_value = true;
                    node += 1;
                    continue;
                }
            }
            is_member_value = false;
            self.write_value(node, out, &mut open);
            node += 1;
        }
    }

    /// Writes a scalar, an empty pair of brackets, or an opening bracket.
    fn write_value(&self, node: usize, out: &mut String, open: &mut Vec<OpenContainer>) {
        let kind = self.kind(node);
        let end = self.next(node);
        match kind {
            NodeKind::Scalar => return out.push_str(self.token(node)),
            NodeKind::Object => out.push('{'),
            NodeKind::Array => out.push('['),
        }
        if end == node + 1 {
            out.push(closing(kind));
        } else {
            let started = false;
            open.push(OpenContainer { end, kind, started });
        }
    }
}

fn closing(kind: NodeKind) -> char {
    if kind == NodeKind::Object { '}' } else { ']' }
}

fn new_line(out: &mut String, indent: Option<usize>, depth: usize) {
    if let Some(columns) = indent {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', columns * depth));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const AWKWARD: &str = "{\"b\":1.0,\"a\":[],\"c\":{ },\"\\u0061\":[1e400,-0,12345678901234567890123,{\"x\":[[]]}],\
        \"s\":\"a , b : [ ] \\ud800 \\\" ü\",\"b\":null}";

    #[test]
    fn pretty_keeps_every_token_and_empty_brackets_on_one_line() {
        let expected = "{\n  \"b\": 1.0,\n  \"a\": [],\n  \"c\": {},\n  \"\\u0061\": [\n    1e400,\n    -0,\n    \
            12345678901234567890123,\n    {\n      \"x\": [\n        []\n      ]\n    }\n  ],\n  \
            \"s\": \"a , b : [ ] \\ud800 \\\" ü\",\n  \"b\": null\n}";
        assert_eq!(Document::parse(AWKWARD).unwrap().pretty(), expected);
    }

    #[test]
    fn pretty_and_compact_are_each_others_inverse() {
        for text in [
            AWKWARD,
            "1.00",
            "\"\\/\"",
            "[]",
            "{}",
            "[[],{},[{}]]",
            "[1,[2,[3]],4]",
        ] {
            let compact = Document::parse(text).unwrap().compact();
            let pretty = Document::parse(&compact).unwrap().pretty();
            let again = Document::parse(&pretty).unwrap();
            assert_eq!(again.compact(), compact);
            assert_eq!(again.pretty(), pretty);
        }
        assert_eq!(
            Document::parse(" [ 1 ,\r\n { \"a b\" :\t2 } ] ")
                .unwrap()
                .compact(),
            "[1,{\"a b\":2}]"
        );
    }

    #[test]
    fn deep_nesting_does_not_turn_megabytes_into_gigabytes() {
        let deep = format!(
            "{}{}{}",
            "[".repeat(500),
            "1,".repeat(500_000) + "1",
            "]".repeat(500)
        );
        let document = Document::parse(&deep).unwrap();
        let pretty = document.pretty();
        assert!(pretty.len() < ALWAYS_INDENTED + MOST_GROWTH * deep.len());
        assert!(document.same_tokens(&Document::parse(&pretty).unwrap()));
    }

    #[test]
    fn one_value_can_be_written_alone() {
        let document = Document::parse("{\"a\": {\"b\": [1, {}]}, \"c\": 2}").unwrap();
        assert_eq!(document.compact_at(2), "{\"b\":[1,{}]}");
        assert_eq!(document.compact_at(4), "[1,{}]");
    }
}
