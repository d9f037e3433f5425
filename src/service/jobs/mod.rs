//! The jobs of a queue: reading, watching, and operating on them.

pub(crate) mod flow;
pub(crate) mod operate;
pub(crate) mod operate_many;
pub(crate) mod queue;
pub(crate) mod read;
pub(crate) mod read_in_room;
pub(crate) mod watch;
pub(crate) mod watched;

/// Texts above this size, in bytes, are folded: measured, and loaded when a person asks for them.
pub(crate) const FOLD_ABOVE: u64 = 256 * 1024;
