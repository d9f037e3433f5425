//! Nouns and rules: pure code that does no I/O.
//!
//! What a queue, a version, a job, a role, an edit and an audit entry *are* stands here, so that every other layer
//! speaks of them with the same types. Nothing here knows Redis, HTTP or the file system.

pub mod access;
pub(crate) mod accounts;
pub mod audit;
pub mod edit;
pub mod job;
pub(crate) mod json;
pub mod operations;
pub mod queue;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod stats;
pub(crate) mod versions;
