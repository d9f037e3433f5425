//! BullMQ's keys in Redis: reading them, and the scripts that change them.

pub(crate) mod events;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod metrics;
pub(crate) mod move_jobs;
pub(crate) mod operations;
pub(crate) mod queue_operations;
pub(crate) mod queues;
pub(crate) mod retire;
pub(crate) mod samples;
pub(crate) mod schedulers;
pub(crate) mod workers;
