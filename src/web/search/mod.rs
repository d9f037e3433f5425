//! Searching in jobs: the page, the query and place of an address, the stream of a search, and its download.

pub(crate) mod at;
pub(crate) mod export;
mod form;
pub(crate) mod page;
pub(crate) mod progress;
pub(crate) mod selection;
