//! The places of a document that a pattern of a step means.

use super::text_edit::member;
use crate::domain::edit::patch::place::Place;
use crate::domain::json::{Document, NodeKind, array_index};

/// The places that a pattern means, `*` being every member or element; those of objects and arrays before it exist.
pub(super) fn places(document: &Document<'_>, pattern: &[String]) -> Vec<Place> {
    let mut found: Vec<(Place, usize)> = vec![(Vec::new(), 0)];
    let Some((last, parents)) = pattern.split_last() else {
        return vec![Vec::new()];
    };
    for step in parents {
        found = found
            .iter()
            .flat_map(|(place, at)| children(document, place, *at, step))
            .collect();
    }
    let last = |(place, at): &(Place, usize)| match last.as_str() {
        "*" => children(document, place, *at, "*")
            .into_iter()
            .map(|(place, _)| place)
            .collect(),
        _ if document.kind(*at) == NodeKind::Scalar => Vec::new(),
        step => vec![joined(place, step)],
    };
    found.iter().flat_map(last).collect()
}

fn children(document: &Document<'_>, place: &Place, at: usize, step: &str) -> Vec<(Place, usize)> {
    if step != "*" {
        let found = find_child(document, at, step);
        return found
            .map(|child| (joined(place, step), child))
            .into_iter()
            .collect();
    }
    match document.kind(at) {
        // A name with half a UTF-16 pair is no name of a place.
        NodeKind::Object => document
            .members(at)
            .filter_map(|(key, value)| {
                let name = std::str::from_utf8(&document.decoded_exactly(key))
                    .ok()?
                    .to_owned();
                Some((joined(place, &name), value))
            })
            .collect(),
        NodeKind::Array => document
            .elements(at)
            .enumerate()
            .map(|(index, element)| (joined(place, &index.to_string()), element))
            .collect(),
        NodeKind::Scalar => Vec::new(),
    }
}

fn find_child(document: &Document<'_>, at: usize, step: &str) -> Option<usize> {
    match document.kind(at) {
        NodeKind::Object => member(document, at, step).map(|(_, value)| value),
        NodeKind::Array => document.elements(at).nth(array_index(step)?),
        NodeKind::Scalar => None,
    }
}

fn joined(place: &Place, step: &str) -> Place {
    let mut place = place.clone();
    place.push(step.to_owned());
    place
}
