//! Parts of what a queue holds, read to tell about the whole: results, times, memory, jobs to be done.

pub(crate) mod finished_times;
pub(crate) mod memory;
pub(crate) mod outstanding;
pub(crate) mod results;
