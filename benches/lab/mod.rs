//! What the benchmarks share: a machine with a Redis and a Bullkeeper of their own, queues to look at, load, and tables.
//! What only one of them needs is with that one.

pub(crate) mod client;
pub(crate) mod load;
pub(crate) mod machine;
pub(crate) mod seed;
pub(crate) mod table;
pub(crate) mod work;

/// What any part of a benchmark returns.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
