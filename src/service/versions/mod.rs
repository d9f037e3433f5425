//! Versions of a queue: families, compatibility, comparison, pins, moving jobs, retiring.

pub mod compare;
pub mod family;
pub mod move_jobs;
pub(crate) mod pin;
pub mod retire;
pub mod schema_compatibility;
