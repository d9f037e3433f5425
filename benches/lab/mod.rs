//! Shared by the benchmarks: a machine with its own Redis and Bullkeeper, queues, load, and tables.

pub(crate) mod client;
pub(crate) mod load;
pub(crate) mod machine;
// Not every benchmark uses these two.
#[allow(dead_code)]
pub(crate) mod run;
#[allow(dead_code)]
pub(crate) mod slow_commands;

pub(crate) mod seed;
pub(crate) mod table;
pub(crate) mod work;

/// What any part of a benchmark returns.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
