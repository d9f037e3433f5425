//! The places in a value that patterns match.

use super::places::Places;
use super::veil::Veil;
use crate::domain::json::{Document, NodeKind, join_pointer};
use crate::domain::policy::mask::holds_json;
use crate::domain::policy::pointer_pattern::PatternWalk;

/// An object or array whose content is looked through.
struct Open<'p> {
    /// The next node in it.
    next: usize,
    /// The first node after it.
    end: usize,
    /// The index of the next element; `None` in an object.
    index: Option<usize>,
    walk: PatternWalk<'p>,
    veil: Veil<'p>,
    /// How long its pointer is.
    pointer: usize,
}

/// Adds the places at and below a value that the patterns match; below such a place no further one. Does not recurse, since the
/// value may be nested as deep as it likes.
pub(super) fn within<'p>(
    document: &Document<'_>,
    value: usize,
    (walk, veil): (&PatternWalk<'p>, Veil<'p>),
    pointer: &mut String,
    found: &mut Places,
) {
    if covers(document, value, walk) {
        found.add(veil.told(pointer));
        return;
    }
    let began = pointer.len();
    let mut open: Vec<Open<'p>> = Vec::new();
    open.extend(opened(document, value, walk.clone(), veil, pointer.len()));
    while let Some(top) = open.last_mut() {
        pointer.truncate(top.pointer);
        if top.next >= top.end {
            open.pop();
            continue;
        }
        let (step, value) = match &mut top.index {
            Some(index) => {
                *index += 1;
                ((*index - 1).to_string().into(), top.next)
            }
            None => (document.decoded(top.next), top.next + 1),
        };
        top.next = document.next(value);
        let below = top.walk.down(&step);
        if below.is_dead() {
            continue;
        }
        pointer.push_str(&join_pointer("", &step));
        let veil = top.veil.down(&step, pointer.len());
        match covers(document, value, &below) {
            true => found.add(veil.told(pointer)),
            false => open.extend(opened(document, value, below, veil, pointer.len())),
        }
    }
    pointer.truncate(began);
}

/// Whether all of a value counts: the patterns match it, or lead into a string that holds JSON.
fn covers(document: &Document<'_>, value: usize, walk: &PatternWalk<'_>) -> bool {
    walk.is_within()
        || (!walk.is_dead()
            && document.token(value).starts_with('"')
            && holds_json(&document.decoded(value)))
}

/// A value to be looked through; `None` where it holds nothing.
fn opened<'p>(
    document: &Document<'_>,
    value: usize,
    walk: PatternWalk<'p>,
    veil: Veil<'p>,
    pointer: usize,
) -> Option<Open<'p>> {
    let index = match document.kind(value) {
        NodeKind::Scalar => return None,
        NodeKind::Array => Some(0),
        NodeKind::Object => None,
    };
    (!walk.is_dead()).then(|| Open {
        next: value + 1,
        end: document.next(value),
        index,
        walk,
        veil,
        pointer,
    })
}
