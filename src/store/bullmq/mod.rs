//! What BullMQ keeps in Redis: how it is read, and the scripts that change it.

pub mod counts;
pub mod discovery;
pub mod events;
pub mod jobs;
pub mod keys;
pub mod metrics;
pub mod move_jobs;
pub mod operations;
pub mod retire;
pub mod samples;
pub mod workers;
