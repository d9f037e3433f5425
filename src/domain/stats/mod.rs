//! Figures of queues: rates and times per minute, latency, memory, finished jobs.

pub(crate) mod buckets;
pub(crate) mod finished_jobs;
pub(crate) mod histogram;
pub(crate) mod latency;
pub(crate) mod memory;
pub(crate) mod retention_hint;
pub(crate) mod series;
pub(crate) mod totals;
pub(crate) mod varint;
