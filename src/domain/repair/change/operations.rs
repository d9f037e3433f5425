//! The operations of a JSON Patch on a text.

use super::not_changed::NotChanged;
use super::text_edit::TextEdit;
use crate::domain::edit::patch::operation::Operation;
use crate::domain::edit::patch::place::{Place, missing};

/// An operation, its value as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TextOperation {
    /// Adds a value.
    Add(Place, String),
    /// Removes one.
    Remove(Place),
    /// Replaces one.
    Replace(Place, String),
    /// Moves one, its text as it is.
    Move(Place, Place),
    /// Copies one, its text as it is.
    Copy(Place, Place),
    /// Requires one.
    Test(Place, String),
}

impl TextOperation {
    pub(super) fn of(operation: &Operation) -> Self {
        match operation.clone() {
            Operation::Add(at, value) => Self::Add(at, value.to_string()),
            Operation::Remove(at) => Self::Remove(at),
            Operation::Replace(at, value) => Self::Replace(at, value.to_string()),
            Operation::Move(from, to) => Self::Move(from, to),
            Operation::Copy(from, to) => Self::Copy(from, to),
            Operation::Test(at, value) => Self::Test(at, value.to_string()),
        }
    }

    pub(super) fn apply(&self, edit: &mut TextEdit) -> Result<(), NotChanged> {
        match self {
            Self::Add(at, json) => edit.add(at, json),
            Self::Remove(at) => edit.remove(at).map(drop),
            Self::Replace(at, json) => edit.replace(at, json),
            Self::Test(at, json) => edit.test(at, json),
            Self::Copy(from, to) => {
                let json = edit.token(from)?.ok_or_else(|| missing(from))?;
                edit.add(to, &json)
            }
            Self::Move(from, to) if from == to && !from.is_empty() => {
                edit.token(from)?.ok_or_else(|| missing(from))?;
                Ok(())
            }
            Self::Move(from, to) => {
                let json = edit.remove(from)?;
                edit.add(to, &json)
            }
        }
    }
}
