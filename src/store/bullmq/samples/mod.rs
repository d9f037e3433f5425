//! Parts of what a queue holds, read to tell about the whole: results, times, memory, jobs to be done.

pub mod finished_times;
pub mod memory;
pub mod outstanding;
pub mod results;
