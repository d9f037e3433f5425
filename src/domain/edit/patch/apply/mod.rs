//! Changing job data by an RFC 6902 patch that a person typed, as on its way to another version.
//!
//! No crate does this, because untouched data must stay as it was written: its digits, and the order of members, which
//! json-patch 4 changes on a removal (with serde_json's `preserve_order`).

use super::operation::{Operation, RemainingBytes, read_all};
use crate::domain::json::Document;

/// The longest patch that is accepted, in bytes.
pub(crate) const LONGEST_PATCH: usize = 64 * 1024;

/// A patch, ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DataPatch {
    operations: Vec<Operation>,
}

/// Why data was not reshaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApplyError {
    /// The data is not JSON.
    NotJson,
    /// The data is JSON that can't be parsed and written back unchanged.
    Inexact,
    /// An operation does not fit the data: which one, and why.
    Unfitting(String),
}

impl DataPatch {
    /// Parses a patch; `None` for a text of white space alone.
    ///
    /// # Errors
    ///
    /// A message for the person who typed it.
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

    /// Its operations, in order.
    pub(crate) fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Applies the patch and returns compact text. The values that it puts in may have `most` bytes in all, and may be
    /// nested as deep as an edit's data. Without the limit, a few copies of the document into itself would exceed any
    /// memory.
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
