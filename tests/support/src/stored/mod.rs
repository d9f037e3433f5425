//! What is stored in Redis: written as BullMQ and Bullkeeper write it, and read back.

pub(crate) mod audit_entries;
pub(crate) mod bullmq_keys;
pub mod clients;
pub mod finished_jobs;
mod more_states;
pub mod past_audit;
pub(crate) mod users;
