//! A part of large data: found by pointer, shown as an outline and as text, and put back into the stored bytes. Everything
//! outside the part stays as it is, byte for byte.

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::problem::TextProblem;
use crate::domain::json::{
    BadPointer, Document, JsonError, MAX_EDIT_DEPTH, NodeKind, check_pointer, join_pointer,
    unescape_step,
};

/// The largest part whose text is edited, in bytes.
pub(crate) const LARGEST_PART: usize = 256 * 1024;

/// How many characters of a text an outline shows.
const PREVIEW: usize = 80;

/// How many characters of a name an outline shows.
const LONGEST_NAME: usize = 120;

/// Why there is no such part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPart {
    /// The text is no JSON Pointer.
    #[error("{0}")]
    Pointer(#[from] BadPointer),
    /// There is nothing at this pointer.
    #[error("The data has nothing at {0:?}.")]
    Missing(String),
    /// Two members have one name, so that the pointer does not say which is meant.
    #[error(
        "Two members of {parent:?} are named {name:?}, so a pointer can't name one of them. Edit the value around them."
    )]
    Twice {
        /// The pointer of the object.
        parent: String,
        /// The name.
        name: String,
    },
    /// A policy hides something of the data from this person.
    #[error(
        "A policy hides some of this job's data from you. Edit the whole text, in which it stays as it is."
    )]
    Hidden,
    /// The data has no parts.
    #[error("The stored data is not JSON, so it has no parts.")]
    NotJson,
}

/// The node at `pointer`, if every step on the way names one value.
pub(crate) fn find(document: &Document<'_>, pointer: &str) -> Result<usize, BadPart> {
    check_pointer(pointer)?;
    let (mut at, mut here) = (0, String::new());
    for step in pointer.split('/').skip(1) {
        let name = unescape_step(step);
        let child = document.child_named(at, &name);
        let (child, is_twice) = child.ok_or_else(|| BadPart::Missing(pointer.to_owned()))?;
        if is_twice {
            return Err(BadPart::Twice {
                parent: here,
                name: name.into_owned(),
            });
        }
        at = child;
        here = join_pointer(&here, &name);
    }
    Ok(at)
}

/// What a value holds, one row for each member or element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// `object`, `array`, `string`, `number`, `boolean` or `null`.
    pub kind: &'static str,
    /// The size of its text, in bytes.
    pub size: usize,
    /// How many members or elements it has in all.
    pub total: usize,
    /// Those of this page.
    pub rows: Vec<OutlineRow>,
    /// Which of all they are.
    pub shown: Range<usize>,
}

/// A member or element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlineRow {
    /// Its name or index, cut if it is long.
    pub name: String,
    /// Its pointer.
    pub pointer: String,
    /// The kind of its value.
    pub kind: &'static str,
    /// The size of its text, in bytes.
    pub size: usize,
    /// The beginning of its text.
    pub preview: String,
}

/// The outline of a node: at most `most` rows from the one with the index `from` on.
pub(crate) fn outline(
    document: &Document<'_>,
    (at, pointer): (usize, &str),
    from: usize,
    most: usize,
) -> Outline {
    let row = |name: &str, value: usize| OutlineRow {
        name: cut(name, LONGEST_NAME),
        pointer: join_pointer(pointer, name),
        kind: kind_of(document, value),
        size: document.range(value).len(),
        preview: cut(document.token(value), PREVIEW),
    };
    let (total, rows): (usize, Vec<OutlineRow>) = match document.kind(at) {
        NodeKind::Scalar => (0, Vec::new()),
        NodeKind::Array => {
            let elements = document.elements(at).enumerate().skip(from).take(most);
            let rows = elements.map(|(index, value)| row(&index.to_string(), value));
            (document.elements(at).count(), rows.collect())
        }
        NodeKind::Object => {
            let members = document.members(at).skip(from).take(most);
            let rows = members.map(|(key, value)| row(&document.decoded(key), value));
            (document.members(at).count(), rows.collect())
        }
    };
    Outline {
        kind: kind_of(document, at),
        size: document.range(at).len(),
        total,
        shown: from.min(total)..from.min(total) + rows.len(),
        rows,
    }
}

fn kind_of(document: &Document<'_>, at: usize) -> &'static str {
    match document.token(at).as_bytes().first() {
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b'"') => "string",
        Some(b't' | b'f') => "boolean",
        Some(b'n') => "null",
        _ => "number",
    }
}

/// The first characters of a text.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// How a typed part relates to the stored one.
#[derive(Debug)]
pub(crate) enum PartDraft {
    /// Nothing but white space differs.
    Unchanged,
    /// The whole data with the part in it.
    Change(String),
    /// The part is not JSON, or can't be stored safely.
    Faulty(Vec<TextProblem>),
}

/// Puts the typed text in the place of a node, without the white space between its tokens.
pub(crate) fn put_in(document: &Document<'_>, at: usize, typed: &str) -> PartDraft {
    let part = match Document::parse(typed) {
        Ok(part) => part,
        Err(fault) => return PartDraft::Faulty(vec![fault.into()]),
    };
    if document.same_at(at, &part, 0) {
        return PartDraft::Unchanged;
    }
    let mut faults = part.duplicate_keys();
    if document.depth_around(at) + part.depth() > MAX_EDIT_DEPTH {
        faults.push(JsonError {
            line: 1,
            column: 1,
            message: format!("nested too deep: data may be at most {MAX_EDIT_DEPTH} levels deep"),
        });
    }
    match faults.is_empty() {
        true => PartDraft::Change(document.with_value(at, &part.compact())),
        false => PartDraft::Faulty(faults.into_iter().map(TextProblem::from).collect()),
    }
}

/// Problems of the whole data, at their places in the typed part; those elsewhere are at its beginning.
pub(crate) fn placed(problems: Vec<TextProblem>, pointer: &str, typed: &str) -> Vec<TextProblem> {
    let Ok(part) = Document::parse(typed) else {
        return problems;
    };
    let places = problems.into_iter().map(|problem| {
        let inside = problem.pointer.as_deref().and_then(|at| {
            let rest = at.strip_prefix(pointer)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| part.locate_nearest(rest))
        });
        TextProblem {
            line: inside.as_ref().map_or(1, |place| place.line),
            column: inside.as_ref().map_or(1, |place| place.column),
            fixes: Vec::new(),
            ..problem
        }
    });
    places.collect()
}
