//! Operations on a queue.

pub(crate) mod delete_jobs;
pub(crate) mod last_hour;
pub(crate) mod look;
pub(crate) mod operate;
pub(crate) mod operate_many;
mod seen;
