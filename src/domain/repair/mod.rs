//! Repairing the data of many jobs: the change, what it makes of one job's data, and recipes.

pub(crate) mod change;
pub(crate) mod recipe;
pub(crate) mod spec;
pub(crate) mod verdict;
