//! Changes of a JSON text at one place. Everything outside stays as it is, byte for byte.

use super::document::{Document, NodeKind};
use std::ops::Range;

impl Document<'_> {
    /// The text with the value at a node replaced.
    pub(crate) fn with_value(&self, at: usize, value: &str) -> String {
        self.with(self.range(at), value)
    }

    /// The text without an element, by its node.
    pub(crate) fn without_element(&self, array: usize, element: usize) -> String {
        let before = self.elements(array).take_while(|at| *at < element).last();
        let start = self.range(element).start;
        let next = self.next(element);
        let after = (next < self.next(array)).then_some(next);
        self.without(before, start..self.range(element).end, after)
    }

    /// The text without a member, by the node of its value.
    pub(crate) fn without_member(&self, object: usize, value: usize) -> String {
        let values = self.members(object).map(|(_, value)| value);
        let before = values.take_while(|at| *at < value).last();
        let start = self.range(value - 1).start;
        let next = self.next(value);
        let after = (next < self.next(object)).then_some(next);
        self.without(before, start..self.range(value).end, after)
    }

    /// The text with one more element, in front of the one with this index; `None` if the array is shorter.
    pub(crate) fn with_element(&self, array: usize, index: usize, value: &str) -> Option<String> {
        if let Some(next) = self.elements(array).nth(index) {
            let start = self.range(next).start;
            return Some(self.with(start..start, &format!("{value},")));
        }
        match index.checked_sub(1) {
            None => Some(self.at_beginning(array, value)),
            Some(last) => {
                let end = self.range(self.elements(array).nth(last)?).end;
                Some(self.with(end..end, &format!(",{value}")))
            }
        }
    }

    /// The text with one more member, the last one. `name` is a JSON string.
    pub(crate) fn with_member(&self, object: usize, name: &str, value: &str) -> String {
        let member = format!("{name}:{value}");
        match self.members(object).last() {
            None => self.at_beginning(object, &member),
            Some((_, last)) => {
                let end = self.range(last).end;
                self.with(end..end, &format!(",{member}"))
            }
        }
    }

    /// How many objects and arrays are around a node.
    pub(crate) fn depth_around(&self, at: usize) -> usize {
        let (mut around, mut depth) = (0, 0);
        while around != at {
            let holds = |inner: usize| inner <= at && at < self.next(inner);
            let inner = match self.kind(around) {
                NodeKind::Scalar => None,
                NodeKind::Array => self.elements(around).find(|inner| holds(*inner)),
                NodeKind::Object => {
                    let mut values = self.members(around).map(|(_, value)| value);
                    values.find(|inner| holds(*inner))
                }
            };
            let Some(inner) = inner else { break };
            (around, depth) = (inner, depth + 1);
        }
        depth
    }

    /// The node of a step below a node, and whether an object names it more than once.
    pub(crate) fn child_named(&self, at: usize, step: &str) -> Option<(usize, bool)> {
        match self.kind(at) {
            NodeKind::Scalar => None,
            NodeKind::Array => {
                let index = super::array_index(step)?;
                Some((self.elements(at).nth(index)?, false))
            }
            NodeKind::Object => {
                let mut named = self
                    .members(at)
                    .filter(|&(key, _)| self.decoded(key) == step);
                let (_, first) = named.next()?;
                match named.last() {
                    None => Some((first, false)),
                    Some((_, last)) => Some((last, true)),
                }
            }
        }
    }

    fn at_beginning(&self, container: usize, content: &str) -> String {
        let inside = self.range(container).start + 1;
        self.with(inside..inside, content)
    }

    /// The text without `gone` and the comma beside it.
    fn without(&self, before: Option<usize>, gone: Range<usize>, after: Option<usize>) -> String {
        let gone = match (before, after) {
            (Some(before), _) => self.range(before).end..gone.end,
            (None, Some(after)) => gone.start..self.range(after).start,
            (None, None) => gone,
        };
        self.with(gone, "")
    }

    fn with(&self, place: Range<usize>, text: &str) -> String {
        let mut changed = String::with_capacity(self.text.len() - place.len() + text.len());
        changed.push_str(&self.text[..place.start]);
        changed.push_str(text);
        changed.push_str(&self.text[place.end..]);
        changed
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_stands_outside_stays_as_it_is() {
        let text = "{ \"a\" : [1,  2.0, 3] ,\"b\":{},\"c\":\"\\u00e9\" }\n";
        let document = Document::parse(text).unwrap();
        let at = |pointer| document.find(pointer).unwrap();
        assert_eq!(
            document.with_value(at("/a/1"), "[7]"),
            "{ \"a\" : [1,  [7], 3] ,\"b\":{},\"c\":\"\\u00e9\" }\n"
        );
        assert_eq!(
            document.without_element(at("/a"), at("/a/0")),
            "{ \"a\" : [2.0, 3] ,\"b\":{},\"c\":\"\\u00e9\" }\n"
        );
        assert_eq!(
            document.without_element(at("/a"), at("/a/2")),
            "{ \"a\" : [1,  2.0] ,\"b\":{},\"c\":\"\\u00e9\" }\n"
        );
        assert_eq!(
            document.without_member(0, at("/c")),
            "{ \"a\" : [1,  2.0, 3] ,\"b\":{} }\n"
        );
        assert_eq!(
            document.without_member(0, at("/a")),
            "{ \"b\":{},\"c\":\"\\u00e9\" }\n"
        );
        assert_eq!(
            document.with_member(at("/b"), "\"x\"", "1"),
            "{ \"a\" : [1,  2.0, 3] ,\"b\":{\"x\":1},\"c\":\"\\u00e9\" }\n"
        );
        for (index, array) in [(0, "[9,1,  2.0, 3]"), (3, "[1,  2.0, 3,9]")] {
            let changed = document.with_element(at("/a"), index, "9").unwrap();
            assert_eq!(changed, text.replace("[1,  2.0, 3]", array));
        }
        assert_eq!(document.with_element(at("/a"), 4, "9"), None);
    }

    #[test]
    fn the_only_one_goes_and_comes_back() {
        let document = Document::parse("[[1],{\"a\":2}]").unwrap();
        let at = |pointer| document.find(pointer).unwrap();
        assert_eq!(
            document.without_element(at("/0"), at("/0/0")),
            "[[],{\"a\":2}]"
        );
        assert_eq!(document.without_member(at("/1"), at("/1/a")), "[[1],{}]");
        let empty = Document::parse("[]").unwrap();
        assert_eq!(empty.with_element(0, 0, "1").unwrap(), "[1]");
    }

    #[test]
    fn a_name_that_stands_twice_is_found_and_told() {
        let document = Document::parse(r#"{"a":1,"\u0061":2,"0":[5],"":3}"#).unwrap();
        let found = |step| document.child_named(0, step);
        let at = |pointer| document.find(pointer).unwrap();
        assert_eq!(found("a"), Some((at("/a"), true)));
        assert_eq!(found("0"), Some((at("/0"), false)));
        assert_eq!(found(""), Some((at("/"), false)));
        assert_eq!(found("b"), None);
        assert_eq!(
            document.child_named(at("/0"), "0"),
            Some((at("/0/0"), false))
        );
        assert_eq!(document.child_named(at("/0"), "00"), None);
    }
}
