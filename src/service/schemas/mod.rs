//! Schemas that are learned from jobs.

pub(crate) mod check_draft;
pub(crate) mod infer;
