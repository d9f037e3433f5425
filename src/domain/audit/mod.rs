//! The audit log: actions, outcomes, entries, filters, and the redaction of values.

pub(crate) mod action;
pub(crate) mod entry;
pub(crate) mod filter;
pub(crate) mod large_change;
pub(crate) mod redact;
pub(crate) mod unrecorded;
