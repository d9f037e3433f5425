//! The audit log: writing it, reading it, exporting it, and what each reader may see.

pub(crate) mod deep_looks;
pub(crate) mod export;
pub(crate) mod hidden;
pub mod log;
pub mod page;
pub(crate) mod record_reads;
pub(crate) mod redacted_reason;
pub(crate) mod repeats;
pub mod rows;
pub(crate) mod settled_intents;
pub(crate) mod unwritten;
pub(crate) mod visibility;
pub(crate) mod writer;
