//! Nouns and rules: pure code that does no I/O.
//!
//! What a queue, a version, a job, a role, an edit and an audit entry *are* stands here, so that every other layer
//! speaks of them with the same types. Nothing here knows Redis, HTTP or the file system.

pub mod access;
pub mod accounts;
pub mod audit;
pub mod edit;
pub mod job;
pub mod json;
pub mod queue;
pub mod run;
pub mod schema;
pub mod stats;
pub mod versions;
