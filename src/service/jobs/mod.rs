//! The jobs of a queue: reading, watching, and operating on them.

pub(crate) mod add;
pub(crate) mod filtered;
pub(crate) mod filtered_walk;
pub(crate) mod flow;
pub(crate) mod log;
pub(crate) mod operate;
pub(crate) mod operate_many;
pub(crate) mod queue;
pub(crate) mod read;
pub(crate) mod read_in_room;
pub(crate) mod remove_with_children;
pub(crate) mod retry_flow;
pub(crate) mod stuck;
pub(crate) mod watch;
pub(crate) mod watched;
mod what_goes;

/// Texts above this size, in bytes, are folded: measured, and loaded when a person asks for them.
pub(crate) const FOLD_ABOVE: u64 = 256 * 1024;
