//! The jobs of a queue: reading them, watching them, operating on them.

pub mod operate;
pub mod read;
pub mod watch;
