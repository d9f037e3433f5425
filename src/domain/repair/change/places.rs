//! The places of a document that a pattern of a step means.

use super::text_edit::member;
use crate::domain::edit::patch::place::Place;
use crate::domain::json::{Document, NodeKind, array_index};

/// A place that a step means, whose parent is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meant {
    /// The object or array that holds it.
    pub(super) parent: usize,
    /// The value there; `None` if there is none.
    pub(super) value: Option<usize>,
}

/// The places that a pattern means, in the order of the text; `*` is every member or element. None is inside another, since all
/// are equally deep.
pub(super) fn places(document: &Document<'_>, pattern: &[String]) -> Vec<Meant> {
    let Some((last, parents)) = pattern.split_last() else {
        return Vec::new();
    };
    let mut found = vec![0];
    for step in parents {
        found = found
            .into_iter()
            .flat_map(|at| children(document, at, step))
            .collect();
    }
    let mut meant = Vec::new();
    for parent in found {
        match last.as_str() {
            "*" => meant.extend(children(document, parent, "*").into_iter().map(|value| {
                let value = Some(value);
                Meant { parent, value }
            })),
            _ if document.kind(parent) == NodeKind::Scalar => {}
            step => meant.push(Meant {
                parent,
                value: find_child(document, parent, step),
            }),
        }
    }
    meant
}

/// Whether a pattern means this place.
pub(super) fn is_meant(pattern: &[String], place: &[String]) -> bool {
    let mut steps = pattern.iter().zip(place);
    pattern.len() == place.len() && steps.all(|(wanted, step)| wanted == "*" || wanted == step)
}

/// The names and indexes on the way to a value.
pub(super) fn place_of(document: &Document<'_>, value: usize) -> Place {
    let holds = |one: usize| (one..document.next(one)).contains(&value);
    let (mut place, mut at) = (Vec::new(), 0);
    while at != value {
        let found = match document.kind(at) {
            NodeKind::Object => document
                .members(at)
                .find(|(_, one)| holds(*one))
                .map(|(key, one)| (document.decoded(key).into_owned(), one)),
            NodeKind::Array => document
                .elements(at)
                .enumerate()
                .find(|(_, one)| holds(*one))
                .map(|(index, one)| (index.to_string(), one)),
            NodeKind::Scalar => None,
        };
        let Some((step, below)) = found else { break };
        place.push(step);
        at = below;
    }
    place
}

fn children(document: &Document<'_>, at: usize, step: &str) -> Vec<usize> {
    if step != "*" {
        return find_child(document, at, step).into_iter().collect();
    }
    match document.kind(at) {
        // A name with half a UTF-16 pair is no name of a place.
        NodeKind::Object => document
            .members(at)
            .filter(|(key, _)| std::str::from_utf8(&document.decoded_exactly(*key)).is_ok())
            .map(|(_, value)| value)
            .collect(),
        NodeKind::Array => document.elements(at).collect(),
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
