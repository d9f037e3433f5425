//! Schemas that are learned from jobs.

pub(crate) mod infer;
mod jobs_tried;
