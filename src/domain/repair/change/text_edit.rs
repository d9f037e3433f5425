//! A JSON text that is changed place by place. What a change does not name keeps its bytes: digits, escapes, the order of
//! members, and the white space around them.

use super::not_changed::NotChanged;
use super::splices::{Splice, Splices};
use crate::domain::edit::patch::operation::is_same;
use crate::domain::edit::patch::place::{missing, shown};
use crate::domain::json::{Document, NodeKind, array_index};

/// The text, and in how many places it was changed.
#[derive(Debug)]
pub(super) struct TextEdit {
    pub(super) text: String,
    pub(super) places: usize,
    /// The largest size that it may have.
    pub(super) most: usize,
    /// How many bytes were read for the change.
    read: usize,
}

/// The most bytes that are read for the change of one text.
pub(super) const MOST_READ: usize = 256 * 1024 * 1024;

impl TextEdit {
    /// The text, if its places can be told apart.
    pub(super) fn new(text: &str, most: usize) -> Result<Self, NotChanged> {
        let document = Document::parse(text).map_err(|_| NotChanged::NotJson)?;
        match document.duplicate_keys().is_empty() {
            true => Ok(Self {
                text: text.to_owned(),
                places: 0,
                most,
                read: 0,
            }),
            false => Err(NotChanged::Doubled),
        }
    }

    /// Counts a reading of the whole text, and refuses one too many.
    pub(super) fn spend(&mut self) -> Result<(), NotChanged> {
        self.read = self.read.saturating_add(self.text.len());
        match self.read > MOST_READ {
            true => Err(NotChanged::too_much()),
            false => Ok(()),
        }
    }

    /// The text read anew. A change puts JSON in the place of JSON, so that it can be read.
    pub(super) fn read<T>(
        &self,
        look: impl FnOnce(&Document<'_>) -> Result<T, NotChanged>,
    ) -> Result<T, NotChanged> {
        let document = Document::parse(&self.text).map_err(|_| NotChanged::NotJson)?;
        look(&document)
    }

    /// The text of the value at a place; `None` if there is none.
    pub(super) fn token(&self, place: &[String]) -> Result<Option<String>, NotChanged> {
        self.read(|document| {
            let found = find(document, place);
            Ok(found.map(|at| document.token(at).to_owned()))
        })
    }

    /// Writes `with` in place of some bytes.
    pub(super) fn splice(&mut self, splice: Splice) -> Result<(), NotChanged> {
        let Splice { from, to, with } = splice;
        if self.text.len() - (to - from) + with.len() > self.most {
            return Err(NotChanged::TooLarge);
        }
        self.text.replace_range(from..to, &with);
        self.places += 1;
        Ok(())
    }

    /// Writes all of them.
    pub(super) fn splice_all(&mut self, splices: &Splices) {
        if splices.len() > 0 {
            self.text = splices.write(&self.text);
            self.places += splices.len();
        }
    }

    /// Puts a value in the place of the one there, unless it is written there already.
    pub(super) fn replace(&mut self, place: &[String], json: &str) -> Result<(), NotChanged> {
        let splice = self.read(|document| {
            let at = find(document, place).ok_or_else(|| missing(place))?;
            replacing(document, at, json)
        })?;
        splice.map_or(Ok(()), |splice| self.splice(splice))
    }

    /// Adds a value as RFC 6902, section 4.1, has it: a member that is there is replaced, an element moves the others on.
    pub(super) fn add(&mut self, place: &[String], json: &str) -> Result<(), NotChanged> {
        let Some((last, parent)) = place.split_last() else {
            return self.replace(place, json);
        };
        let splice = self.read(|document| {
            let at = find(document, parent).ok_or_else(|| missing(parent))?;
            match document.kind(at) {
                NodeKind::Object => match member(document, at, last) {
                    Some((_, value)) => replacing(document, value, json),
                    None => Ok(Some(new_member(document, at, last, json))),
                },
                NodeKind::Array => {
                    let splice = new_element(document, at, last, json);
                    Ok(Some(splice.ok_or_else(|| missing(place))?))
                }
                NodeKind::Scalar => Err(missing(parent).into()),
            }
        })?;
        splice.map_or(Ok(()), |splice| self.splice(splice))
    }

    /// Gives a place a value: in an array it replaces the element there.
    pub(super) fn add_or_replace(
        &mut self,
        place: &[String],
        json: &str,
    ) -> Result<(), NotChanged> {
        match self.token(place)? {
            Some(_) => self.replace(place, json),
            None => self.add(place, json),
        }
    }

    /// Takes a value away, with its name and a comma, and returns its text.
    pub(super) fn remove(&mut self, place: &[String]) -> Result<String, NotChanged> {
        let Some((last, parent)) = place.split_last() else {
            return Err("the whole document can’t be removed".to_owned().into());
        };
        let (splice, token) = self.read(|document| {
            let gone = find(document, parent).and_then(|at| match document.kind(at) {
                NodeKind::Object => {
                    let members: Vec<(usize, usize)> = document.members(at).collect();
                    let gone = member(document, at, last)?;
                    let index = members.iter().position(|member| *member == gone)?;
                    Some((spans(document, &members), index, gone.1))
                }
                NodeKind::Array => {
                    let index = array_index(last)?;
                    let elements: Vec<(usize, usize)> =
                        document.elements(at).map(|one| (one, one)).collect();
                    let gone = elements.get(index)?.1;
                    Some((spans(document, &elements), index, gone))
                }
                NodeKind::Scalar => None,
            });
            let (spans, index, value) = gone.ok_or_else(|| missing(place))?;
            Ok((without(&spans, index), document.token(value).to_owned()))
        })?;
        self.splice(splice)?;
        Ok(token)
    }

    /// Whether the value at a place equals another as RFC 6902, section 4.6, has it.
    pub(super) fn test(&self, place: &[String], json: &str) -> Result<(), NotChanged> {
        let token = self.token(place)?.ok_or_else(|| missing(place))?;
        let value = |text: &str| Document::parse(text).and_then(|one| one.to_value());
        match (value(&token), value(json)) {
            (Ok(one), Ok(other)) if is_same(&one, &other) => Ok(()),
            _ => Err(format!("{} is another value", shown(place)).into()),
        }
    }
}

/// The value at a place. Names are compared exactly: half a UTF-16 pair equals no name of a place.
pub(super) fn find(document: &Document<'_>, place: &[String]) -> Option<usize> {
    place
        .iter()
        .try_fold(0, |at, step| match document.kind(at) {
            NodeKind::Object => member(document, at, step).map(|(_, value)| value),
            NodeKind::Array => document.elements(at).nth(array_index(step)?),
            NodeKind::Scalar => None,
        })
}

pub(super) fn member(document: &Document<'_>, object: usize, name: &str) -> Option<(usize, usize)> {
    document
        .members(object)
        .find(|(key, _)| *document.decoded_exactly(*key) == *name.as_bytes())
}

/// A name as JSON.
pub(super) fn quoted(name: &str) -> String {
    serde_json::Value::String(name.to_owned()).to_string()
}

/// `json` in the place of a node; `None` where the same is written there.
fn replacing(document: &Document<'_>, at: usize, json: &str) -> Result<Option<Splice>, NotChanged> {
    let new = Document::parse(json).map_err(|_| NotChanged::NotJson)?;
    Ok(instead(document, at, &new))
}

/// A document in the place of a node; `None` where the same is written there.
pub(super) fn instead(document: &Document<'_>, at: usize, new: &Document<'_>) -> Option<Splice> {
    let range = document.range(at);
    (!document.same_at(at, new, 0)).then(|| Splice {
        from: range.start,
        to: range.end,
        with: new.text().to_owned(),
    })
}

/// A member behind the last one, written with the same white space.
pub(super) fn new_member(document: &Document<'_>, object: usize, name: &str, json: &str) -> Splice {
    let (text, name) = (document.text(), quoted(name));
    let Some((key, last)) = document.members(object).last() else {
        let inside = document.range(object).start + 1;
        return Splice {
            from: inside,
            to: inside,
            with: format!("{name}:{json}"),
        };
    };
    let (key, last) = (document.range(key), document.range(last));
    let before_key = text[..key.start].trim_end().len();
    let (space, colon) = (&text[before_key..key.start], &text[key.end..last.start]);
    Splice {
        from: last.end,
        to: last.end,
        with: format!(",{space}{name}{colon}{json}"),
    }
}

/// An element at an index, or at the end.
pub(super) fn new_element(
    document: &Document<'_>,
    array: usize,
    step: &str,
    json: &str,
) -> Option<Splice> {
    let elements: Vec<usize> = document.elements(array).collect();
    let index = match step {
        "-" => elements.len(),
        step => array_index(step).filter(|index| *index <= elements.len())?,
    };
    let (at, with) = match (elements.get(index), elements.last()) {
        (Some(next), _) => (document.range(*next).start, format!("{json},")),
        (None, Some(last)) => (document.range(*last).end, format!(",{json}")),
        (None, None) => (document.range(array).start + 1, json.to_owned()),
    };
    Some(Splice {
        from: at,
        to: at,
        with,
    })
}

/// From where to where each member or element goes, name included.
fn spans(document: &Document<'_>, parts: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let spans = parts
        .iter()
        .map(|(first, last)| (document.range(*first).start, document.range(*last).end));
    spans.collect()
}

/// The splice without one of them and one comma beside it.
fn without(spans: &[(usize, usize)], index: usize) -> Splice {
    let (start, end) = spans[index];
    let (from, to) = match (spans.get(index + 1), index.checked_sub(1)) {
        (Some((next, _)), _) => (start, *next),
        (None, Some(before)) => (spans[before].1, end),
        (None, None) => (start, end),
    };
    Splice {
        from,
        to,
        with: String::new(),
    }
}
