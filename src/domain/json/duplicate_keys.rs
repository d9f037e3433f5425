//! Finds members with the same name. JSON allows them and parsers keep the last, so that an edit with some would change
//! data without the operator's knowledge. Such edits are refused.

use super::{Document, JsonError, NodeKind};
use std::borrow::Cow;
use std::collections::HashMap;

/// The most duplicates that are listed.
const MOST_LISTED: usize = 100;

/// Up to this many members, an object is checked pair by pair, which needs no table.
const FEW: usize = 12;

impl Document<'_> {
    /// Every member whose decoded name (`"a"` equals `"\u0061"`) an earlier member of the same object has, in the order of
    /// the text; at most the first hundred.
    pub fn duplicate_keys(&self) -> Vec<JsonError> {
        let mut pairs: Vec<(usize, usize)> = (0..self.nodes.len())
            .filter(|&node| self.kind(node) == NodeKind::Object)
            .flat_map(|object| self.duplicates_of(object))
            .take(MOST_LISTED)
            .collect();
        pairs.sort_unstable();
        let faults = pairs.into_iter().map(|(again, first)| {
            let name = clip(self.token(again));
            let place = self.position_of(first);
            let message = format!(
                "the member {name} is already in this object, at {place}: keep one of them"
            );
            JsonError::at(self.position_of(again), message)
        });
        faults.collect()
    }

    /// Whether the object at a node has two members with one name.
    pub(crate) fn has_duplicates(&self, object: usize) -> bool {
        !self.duplicates_of(object).is_empty()
    }

    /// The key nodes that repeat an earlier key of this object, each with that earlier key.
    fn duplicates_of(&self, object: usize) -> Vec<(usize, usize)> {
        if self.members(object).nth(FEW).is_none() {
            let names: Vec<_> = self
                .members(object)
                .map(|(key, _)| (key, self.decoded_exactly(key)))
                .collect();
            let first = |at: usize| names[..at].iter().find(|earlier| earlier.1 == names[at].1);
            return (0..names.len())
                .filter_map(|at| first(at).map(|first| (names[at].0, first.0)))
                .collect();
        }
        let mut seen: HashMap<Cow<'_, [u8]>, usize> = HashMap::new();
        let mut again = Vec::new();
        for (key, _) in self.members(object) {
            let first = *seen.entry(self.decoded_exactly(key)).or_insert(key);
            if first != key {
                again.push((key, first));
            }
        }
        again
    }
}

fn clip(token: &str) -> String {
    match token.char_indices().nth(60) {
        Some((at, _)) => format!("{}…\"", &token[..at]),
        None => token.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn duplicates(text: &str) -> Vec<(usize, usize)> {
        let faults = Document::parse(text).unwrap().duplicate_keys();
        faults
            .iter()
            .map(|fault| (fault.line, fault.column))
            .collect()
    }

    #[test]
    fn names_are_compared_as_decoded_and_within_one_object() {
        for (text, places) in [
            ("{\"a\":1,\"b\":2}", vec![]),
            (
                "{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}]}",
                vec![],
            ),
            ("{\"a\":1,\"a\":1}", vec![(1, 8)]),
            ("{\"a\":1,\n\"\\u0061\":2,\n\"a\":3}", vec![(2, 1), (3, 1)]),
            ("{\"\":1,\"\":2}", vec![(1, 7)]),
            (
                "[{\"x\":{\"k\":1,\"k\":2},\"x\":0}]",
                vec![(1, 14), (1, 21)],
            ),
            ("{\"\\ud800\":1,\"\\ud801\":2,\"\\uD800\":3}", vec![(1, 24)]),
            ("{\"😀\":1,\"\\ud83d\\ude00\":2}", vec![(1, 8)]),
        ] {
            assert_eq!(duplicates(text), places, "{text}");
        }
    }

    #[test]
    fn large_objects_are_searched_the_same_way() {
        let members: Vec<String> = (0..1000).map(|n| format!("\"k{n}\":0")).collect();
        let all = members.join(",\n");
        assert_eq!(duplicates(&format!("{{{all}}}")), vec![]);
        assert_eq!(
            duplicates(&format!("{{{all},\n\"k\\u0037\":1}}")),
            vec![(1001, 1)]
        );
    }

    #[test]
    fn the_message_names_the_member_and_the_first_place() {
        let faults = Document::parse("{\"a\":1,\"a\":2}")
            .unwrap()
            .duplicate_keys();
        assert_eq!(
            faults[0].message,
            "the member \"a\" is already in this object, at line 1, column 2: keep one of them"
        );
    }

    #[test]
    fn no_more_than_a_hundred_are_listed() {
        let text = format!("{{{}\"a\":1}}", "\"a\":1,".repeat(200_000));
        assert_eq!(duplicates(&text).len(), 100);
    }
}
