//! Schedulers of one queue and of all.

pub(crate) mod all;
mod edited_next_job;
mod hidden_template;
pub(crate) mod read;
pub(crate) mod readings;
pub(crate) mod remove;
pub(crate) mod run;
pub(crate) mod set;
