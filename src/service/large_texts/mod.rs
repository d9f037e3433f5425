//! Work on large texts: off the async threads, and within a memory budget.

pub(crate) mod blocking;
pub(crate) mod memory_budget;
