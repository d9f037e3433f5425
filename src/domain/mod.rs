//! Nouns and rules, without I/O.
//!
//! Queues, versions, jobs, roles, edits and audit entries are defined here, so that all other floors use the same types for
//! them. Nothing here knows Redis, HTTP or the file system.

pub mod access;
pub(crate) mod accounts;
pub mod alerts;
pub mod audit;
pub mod background;
pub mod edit;
pub mod failures;
pub(crate) mod find;
pub(crate) mod hidden_characters;
pub mod history;
pub mod job;
pub(crate) mod json;
pub mod operations;
pub mod policy;
pub(crate) mod proposals;
pub mod queue;
pub(crate) mod repair;
pub(crate) mod run;
pub mod schedulers;
pub(crate) mod schema;
pub mod search;
pub mod server;
pub(crate) mod stats;
pub mod text_format;
pub(crate) mod undo_run;
pub(crate) mod upcoming;
pub(crate) mod versions;
pub(crate) mod wall;
pub mod worker;
