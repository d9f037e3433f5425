//! Scripts that change one job. Each writes its audit entry in the same step.

pub mod retry;
pub mod update_data;
