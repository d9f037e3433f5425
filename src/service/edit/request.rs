//! What a person wants to store.

use std::sync::Arc;

use crate::domain::job::Revision;

/// What a person wants to store, and what they saw when they began.
#[derive(Debug, Clone)]
pub struct EditRequest {
    /// The revision of the bytes they saw.
    pub seen: Revision,
    /// Those bytes as their form kept them, to show the three ways of a conflict; never trusted for more.
    pub opened: Arc<str>,
    /// Their text.
    pub text: Arc<str>,
    /// Why.
    pub reason: String,
}
