//! Operations on a queue.

pub(crate) mod operate;
