//! Schedulers of one queue and of all.

pub(crate) mod all;
pub(crate) mod read;
