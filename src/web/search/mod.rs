//! Searching in jobs: the query and place of an address, the stream of a search, and its download.

pub(crate) mod at;
pub(crate) mod export;
pub(crate) mod progress;
