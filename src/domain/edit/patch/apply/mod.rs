//! Changing job data by an RFC 6902 patch that a person typed, as on its way to another version.
//!
//! Made here rather than by a crate because what is not touched has to stay as it was written: digits, and the order of
//! members, which a removal elsewhere would change (json-patch 4 with serde_json's `preserve_order`).

use super::operation::{Operation, RemainingBytes, read_all};
use crate::domain::json::Document;

/// The longest patch that is taken, in bytes.
pub(crate) const LONGEST_PATCH: usize = 64 * 1024;

/// A patch, ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DataPatch {
    operations: Vec<Operation>,
}

/// Why data was not reshaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApplyError {
    /// It is no JSON.
    NotJson,
    /// It is JSON that can't be taken apart and put together as it was written.
    Inexact,
    /// An operation does not fit: which, and why.
    Unfitting(String),
}

impl DataPatch {
    /// Reads a patch; `None` for a text of white space alone.
    ///
    /// # Errors
    /// In words for the person who typed it.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, String> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        if text.len() > LONGEST_PATCH {
            return Err(format!(
                "The patch has {} bytes, and at most {LONGEST_PATCH} are taken.",
                text.len()
            ));
        }
        let operations = read_all(text)?;
        match operations.is_empty() {
            true => {
                Err("The patch holds no operation: leave it out, or say what to change.".to_owned())
            }
            false => Ok(Some(Self { operations })),
        }
    }

    /// The data reshaped, as compact text. What is put into it may come to `most` bytes, and be nested as deep as an edit's
    /// data: a few copies of the whole into itself would otherwise be more than any memory holds.
    pub(crate) fn apply(&self, data: &str, most: usize) -> Result<String, ApplyError> {
        let document = Document::parse(data).map_err(|_| ApplyError::NotJson)?;
        let mut value = document.to_value().map_err(|_| ApplyError::Inexact)?;
        let again = value.to_string();
        if again != document.compact() {
            return Err(ApplyError::Inexact);
        }
        let mut room = RemainingBytes { most, put: 0 };
        for (at, operation) in self.operations.iter().enumerate() {
            operation
                .apply(&mut value, &mut room)
                .map_err(|why| ApplyError::Unfitting(format!("operation {}: {why}", at + 1)))?;
        }
        Ok(value.to_string())
    }
}

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod tests;
