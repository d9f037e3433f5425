//! Versions of a queue: families, schema compatibility, comparison, pins, moving jobs, retiring.

pub(crate) mod compare;
pub(crate) mod family;
pub(crate) mod family_samples;
pub(crate) mod move_jobs;
pub(crate) mod pin;
pub(crate) mod retire;
pub(crate) mod schema_compatibility;
