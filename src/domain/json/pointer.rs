//! Finds values by JSON Pointer (RFC 6901), and their places in the text.

use super::document::{Document, NodeKind};
use super::error::Position;
use std::borrow::Cow;

/// `pointer` with one more step, which is escaped: `join_pointer("/a", "b/c")` is `/a/b~1c`.
pub(crate) fn join_pointer(pointer: &str, step: &str) -> String {
    format!("{pointer}/{}", step.replace('~', "~0").replace('/', "~1"))
}

/// Why a text is not a JSON Pointer (RFC 6901, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPointer {
    /// A step does not begin with a slash.
    #[error("a JSON pointer begins with a slash, as in /order/id")]
    NoSlash,
    /// A tilde is not part of `~0` (a tilde) or `~1` (a slash).
    #[error("in a JSON pointer ~ is written ~0, and a slash in a name ~1")]
    Tilde,
}

/// Checks that `text` is a JSON Pointer.
pub(crate) fn check_pointer(text: &str) -> Result<(), BadPointer> {
    if !text.is_empty() && !text.starts_with('/') {
        return Err(BadPointer::NoSlash);
    }
    let mut after_tildes = text.split('~').skip(1);
    match after_tildes.all(|rest| rest.starts_with(['0', '1'])) {
        true => Ok(()),
        false => Err(BadPointer::Tilde),
    }
}

impl Document<'_> {
    /// The node of the value at `pointer`; `None` if there is none.
    pub(crate) fn find(&self, pointer: &str) -> Option<usize> {
        let (at, complete) = self.walk(pointer);
        complete.then_some(at)
    }

    /// Where the value at `pointer` starts; `None` if there is none. Of several members with one name the last counts, as
    /// for other JSON parsers.
    pub fn locate(&self, pointer: &str) -> Option<Position> {
        self.find(pointer).map(|at| self.position_of(at))
    }

    /// Where the value at `pointer` starts, or else its nearest ancestor that exists.
    pub fn locate_nearest(&self, pointer: &str) -> Position {
        self.position_of(self.walk(pointer).0)
    }

    /// Where the *name* of the member at `pointer` starts; the value's place if it is not a member.
    pub fn locate_name(&self, pointer: &str) -> Option<Position> {
        let (at, complete) = self.walk(pointer);
        let parent = pointer
            .rsplit_once('/')
            .map(|(parent, _)| self.walk(parent).0);
        let is_member = parent.is_some_and(|parent| self.kind(parent) == NodeKind::Object);
        complete.then(|| self.position_of(if is_member { at - 1 } else { at }))
    }

    /// The node at `pointer` and true, or the last existing node on the way to it and false.
    fn walk(&self, pointer: &str) -> (usize, bool) {
        let mut at = 0;
        let mut steps = pointer.split('/');
        if steps.next() != Some("") {
            return (at, false);
        }
        for step in steps {
            match self.child(at, &unescape_step(step)) {
                Some(child) => at = child,
                None => return (at, false),
            }
        }
        (at, true)
    }

    fn child(&self, at: usize, step: &str) -> Option<usize> {
        match self.kind(at) {
            NodeKind::Scalar => None,
            NodeKind::Array => self.elements(at).nth(array_index(step)?),
            NodeKind::Object => self
                .members(at)
                .filter(|&(key, _)| self.decoded(key) == step)
                .last()
                .map(|(_, value)| value),
        }
    }
}

/// An array index as RFC 6901 writes it: digits without a leading zero.
pub(crate) fn array_index(step: &str) -> Option<usize> {
    let digits = step.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = digits && (step == "0" || !step.starts_with('0'));
    canonical.then(|| step.parse().ok())?
}

/// A step of a pointer as the name it stands for.
pub(crate) fn unescape_step(step: &str) -> Cow<'_, str> {
    if step.contains('~') {
        Cow::Owned(step.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(step)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TEXT: &str = "{\"a\":[10,{\"x\":null}],\n\"\":1,\"b/c~d\":2,\"ü\":{\"\\u0065\":3},\"two\":1,\"two\":2,\"~1\":4}";

    #[test]
    fn values_are_found_by_pointer() {
        let document = Document::parse(TEXT).unwrap();
        let expect = [
            ("", Some((1, 1))),
            ("/a", Some((1, 6))),
            ("/a/0", Some((1, 7))),
            ("/a/1/x", Some((1, 15))),
            ("/", Some((2, 4))),
            ("/b~1c~0d", Some((2, 14))),
            ("/ü/e", Some((2, 30))),
            ("/two", Some((2, 47))),
            ("/~01", Some((2, 54))),
            ("a", None),
            ("/missing", None),
            ("/a/2", None),
            ("/a/01", None),
            ("/a/-", None),
            ("/a/+1", None),
            ("/a/", None),
            ("/a/0/0", None),
            ("/a/99999999999999999999999", None),
        ];
        for (pointer, place) in expect {
            let found = document.locate(pointer);
            let found = found.map(|position| (position.line, position.column));
            assert_eq!(found, place, "{pointer}");
        }
    }

    #[test]
    fn a_missing_value_is_shown_at_the_nearest_one_around_it() {
        let document = Document::parse(TEXT).unwrap();
        let nearest = |pointer| document.locate_nearest(pointer);
        assert_eq!(nearest("/a/1/y/z"), document.locate("/a/1").unwrap());
        assert_eq!(nearest("/a/7"), document.locate("/a").unwrap());
        assert_eq!(nearest("no pointer"), document.locate("").unwrap());
    }

    #[test]
    fn the_name_of_a_member_has_a_place_too() {
        let document = Document::parse("{\"a\": [1, {\"b\": 2}]}").unwrap();
        let column = |pointer| document.locate_name(pointer).unwrap().column;
        assert_eq!(column("/a"), 2);
        assert_eq!(column("/a/1/b"), 12);
        assert_eq!(column("/a/0"), 8);
        assert_eq!(column(""), 1);
        assert_eq!(document.locate_name("/x"), None);
    }

    #[test]
    fn a_text_is_a_pointer_or_why_not() {
        for pointer in ["", "/", "/a/b", "/a~0~1b", "//"] {
            assert_eq!(check_pointer(pointer), Ok(()), "{pointer}");
        }
        for (text, fault) in [
            ("orderId", BadPointer::NoSlash),
            ("$.orderId", BadPointer::NoSlash),
            ("/a~", BadPointer::Tilde),
            ("/a~2", BadPointer::Tilde),
            ("/~~01", BadPointer::Tilde),
        ] {
            assert_eq!(check_pointer(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn steps_are_escaped_when_joined() {
        assert_eq!(join_pointer("/a", "b/c~d"), "/a/b~1c~0d");
        assert_eq!(join_pointer("", ""), "/");
    }
}
