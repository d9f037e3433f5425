//! Pages about the versions of a queue.

pub(crate) mod compare;
pub(crate) mod drain_text;
pub(crate) mod family;
pub(crate) mod lifecycle;
pub(crate) mod move_jobs;
pub(crate) mod pin;
pub(crate) mod retire;
pub(crate) mod stranded_text;
