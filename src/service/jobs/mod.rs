//! The jobs of a queue: reading them, watching them, operating on them.

pub(crate) mod operate;
pub(crate) mod read;
pub(crate) mod watch;
