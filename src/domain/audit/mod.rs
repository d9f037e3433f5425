//! What the audit log holds: actions and outcomes, entries, filters, and what is hidden from it.

pub(crate) mod action;
mod earlier_releases;
pub(crate) mod entry;
pub(crate) mod field;
pub(crate) mod filter;
pub(crate) mod large_change;
pub(crate) mod reason;
pub(crate) mod redact;
mod stored_fields;
pub(crate) mod unrecorded;
