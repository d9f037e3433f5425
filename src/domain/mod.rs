//! Nouns and rules: pure code that does no I/O.
//!
//! What a queue, a version, a job, a role, an edit and an audit entry *are* stands here, so that every other layer
//! speaks of them with the same types. Nothing here knows Redis, HTTP or the file system.

pub mod access;
pub mod act;
pub mod audit;
pub mod audit_filter;
pub mod bull_version;
pub mod compare;
pub mod diff;
pub mod drain;
pub mod edit;
pub mod event;
pub mod fit;
pub mod flow;
pub mod follow;
pub mod guess_limit;
pub mod in_flight;
pub mod job;
pub mod json;
pub mod large_change;
pub mod lifecycle;
pub mod memory;
pub mod merge;
pub mod misnamed;
pub mod moving;
pub mod network;
pub mod patch;
pub mod pile;
pub mod queue;
pub mod redact;
mod redact_secrets;
mod redact_text;
pub mod reshape;
pub mod retire;
pub mod run;
pub mod sample;
pub mod schema;
pub mod scope;
pub mod series;
pub mod version;
