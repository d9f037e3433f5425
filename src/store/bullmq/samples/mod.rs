//! Samples of a queue's jobs, which stand for the whole: results, times, memory, outstanding jobs.

pub(crate) mod finished_since;
pub(crate) mod finished_times;
pub(crate) mod memory;
pub(crate) mod outstanding;
pub(crate) mod results;
