//! A part that a person wants to store.

use std::sync::Arc;

use crate::domain::job::Revision;

/// A part that a person wants to store.
#[derive(Debug, Clone)]
pub struct PartRequest {
    /// The revision of the whole data that they saw.
    pub seen: Revision,
    /// Which value it replaces.
    pub pointer: String,
    /// Their text.
    pub text: Arc<str>,
    /// Their reason.
    pub reason: String,
}
