//! The request to store an edit.

use std::sync::Arc;

use crate::domain::job::Revision;

/// The text that a person wants to store, and what they saw when they began.
#[derive(Debug, Clone)]
pub struct EditRequest {
    /// The revision of the bytes that they saw.
    pub seen: Revision,
    /// Those bytes as the form kept them. Only used to show the three sides of a conflict, since a form can't be trusted.
    pub opened: Arc<str>,
    /// Their text.
    pub text: Arc<str>,
    /// Their reason.
    pub reason: String,
}
