//! Figures of queues: rates and times by the minute, latency, memory, finished jobs.

pub mod finished_jobs;
pub mod latency;
pub mod memory;
pub mod retention_hint;
pub mod series;
