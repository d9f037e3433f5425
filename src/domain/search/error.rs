//! What is wrong with a query, and where.

use std::ops::Range;

/// What is wrong with a query: the place, and what is allowed there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// The place in the query's text, in bytes. Empty where something is missing.
    pub at: Range<usize>,
    /// What is wrong, and what is allowed.
    pub message: String,
}

impl QueryError {
    /// An error at a place.
    pub(super) fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
        }
    }
}
