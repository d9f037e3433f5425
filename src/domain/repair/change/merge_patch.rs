//! Merge patches (RFC 7396) on a text.

use super::not_changed::NotChanged;
use super::text_edit::TextEdit;
use crate::domain::edit::patch::place::Place;
use crate::domain::json::{Document, MAX_EDIT_DEPTH, NodeKind};

/// A merge patch, member by member in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MergePatch {
    members: Vec<Member>,
}

/// What becomes of one place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Member {
    /// It has to be an object: what is no object becomes an empty one.
    Object(Place),
    /// It becomes this value.
    Value(Place, String),
    /// It goes.
    Gone(Place),
}

impl MergePatch {
    /// Reads one.
    ///
    /// # Errors
    ///
    /// In words for the person who typed it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let document = Document::parse(text)
            .map_err(|fault| format!("The merge patch is not JSON: {fault}."))?;
        if let Some(fault) = document.duplicate_keys().first() {
            return Err(format!("The merge patch: {fault}."));
        }
        if document.depth() > MAX_EDIT_DEPTH {
            return Err(format!(
                "The merge patch is nested {} levels deep, and at most {MAX_EDIT_DEPTH} are taken.",
                document.depth()
            ));
        }
        if document.has_lone_surrogates() {
            return Err(
                "The merge patch holds half a UTF-16 pair, which is no character.".to_owned(),
            );
        }
        if document.kind(0) == NodeKind::Object && document.members(0).next().is_none() {
            return Err(
                "The merge patch is empty. Say what to change: {\"field\": value}.".to_owned(),
            );
        }
        let mut members = Vec::new();
        read(&document, 0, &mut Vec::new(), &mut members);
        Ok(Self { members })
    }

    /// How many places it names.
    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn apply(&self, edit: &mut TextEdit) -> Result<(), NotChanged> {
        for member in &self.members {
            match member {
                Member::Object(at) => {
                    let is_object = edit.token(at)?.is_some_and(|token| token.starts_with('{'));
                    if !is_object {
                        edit.add(at, "{}")?;
                    }
                }
                Member::Value(at, json) => edit.add_or_replace(at, json)?,
                Member::Gone(at) => {
                    if edit.token(at)?.is_some() {
                        edit.remove(at)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn read(document: &Document<'_>, at: usize, place: &mut Place, members: &mut Vec<Member>) {
    if document.kind(at) != NodeKind::Object {
        members.push(match document.token(at) {
            "null" if !place.is_empty() => Member::Gone(place.clone()),
            _ => Member::Value(place.clone(), document.compact_at(at)),
        });
        return;
    }
    members.push(Member::Object(place.clone()));
    for (key, value) in document.members(at) {
        place.push(document.decoded(key).into_owned());
        read(document, value, place, members);
        place.pop();
    }
}
