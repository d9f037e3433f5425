//! Shared by the benchmarks: a machine with its own Redis and Bullkeeper, queues, load, and tables.

pub(crate) mod client;
pub(crate) mod load;
pub(crate) mod machine;
pub(crate) mod seed;
pub(crate) mod table;
pub(crate) mod work;

/// What any part of a benchmark returns.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
