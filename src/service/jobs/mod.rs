//! The jobs of a queue: reading them, watching them, operating on them.

pub(crate) mod operate;
pub(crate) mod operate_many;
pub(crate) mod queue;
pub(crate) mod read;
pub(crate) mod read_in_room;
pub(crate) mod watch;
pub(crate) mod watched;

/// Texts above this size are folded: measured, and loaded when asked for.
pub(crate) const FOLD_ABOVE: u64 = 256 * 1024;
