//! Repairs of many jobs: the form, the test on one job, the dry run, the run, and recipes.

mod killed;
mod on_pages;
mod recipes;
mod refused;
mod runs;
pub(crate) mod steps;
