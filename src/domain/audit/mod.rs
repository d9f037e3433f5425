//! What the audit log holds: actions and outcomes, entries, filters, and what is hidden from it.

pub mod action;
pub mod entry;
pub mod filter;
pub mod large_change;
pub mod redact;
