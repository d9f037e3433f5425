//! Schedulers of one queue and of all.

pub(crate) mod all;
pub(crate) mod read;
pub(crate) mod readings;
pub(crate) mod remove;
pub(crate) mod run;
pub(crate) mod set;

pub(crate) use crate::store::bullmq::schedulers::changes::SchedulerChanged;
