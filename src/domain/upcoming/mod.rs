//! What is to come: windows of time, their parts, and the runs of schedulers in them.

pub(crate) mod forecast;
pub(crate) mod plan;
pub(crate) mod window;
