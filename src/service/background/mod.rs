//! How the tasks in the background do, who leads, and how far the history is recorded.

pub mod health;
pub(crate) mod readings;
pub(crate) mod task_records;
