//! All queues: finding them, counting their jobs by state, and telling which BullMQ version wrote them.

pub(crate) mod counts;
pub(crate) mod discovery;
pub(crate) mod odd_keys;
pub(crate) mod version;
