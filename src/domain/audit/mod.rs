//! The audit log: actions, outcomes, entries, filters, and the redaction of values.

pub(crate) mod action;
pub(crate) mod before_piece;
mod earlier_releases;
pub(crate) mod entry;
pub(crate) mod field;
pub(crate) mod filter;
pub(crate) mod large_change;
pub(crate) mod reason;
pub(crate) mod redact;
mod stored_fields;
pub(crate) mod unrecorded;
