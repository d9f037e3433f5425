//! BullMQ's keys in Redis: reading them, and the scripts that change them.

pub(crate) mod active_jobs;
pub(crate) mod counts;
pub(crate) mod discovery;
pub(crate) mod events;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod metrics;
pub(crate) mod move_jobs;
pub(crate) mod operations;
pub(crate) mod queue_operations;
pub(crate) mod retire;
pub(crate) mod samples;
pub(crate) mod scheduler_changes;
pub(crate) mod scheduler_runs;
pub(crate) mod schedulers;
pub(crate) mod version;
pub(crate) mod worker_list;
pub(crate) mod workers;
