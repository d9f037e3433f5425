//! Scripts that change one job. Each writes its audit entry in the same step.

pub(crate) mod add;
pub(crate) mod hindrances;
pub(crate) mod job;
pub(crate) mod repair;
mod script_of;
pub(crate) mod update_data;
