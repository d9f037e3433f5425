//! Which schema a job's data is under.

use std::sync::Arc;

use super::{Schema, SchemaFault};

/// What is in force for a job.
#[derive(Debug, Clone)]
pub enum InForce {
    /// No schema: only that the data is JSON is checked.
    Nothing,
    /// This schema.
    Schema(Arc<Schema>),
    /// There is a file for the job, but it is not a schema; changes wait until it is mended.
    Faulty(Arc<Vec<SchemaFault>>),
}
