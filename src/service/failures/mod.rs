//! Failed jobs, grouped by what they failed of: read in bounded batches, the newest first, and kept for a while for all who ask.

pub mod differs;
pub mod found;
mod groups;
pub mod of_job;
mod read;
pub(crate) mod readings;
mod versions;
pub mod which;
