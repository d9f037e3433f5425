//! What a person asks to move.

use crate::domain::queue::QueueId;
use crate::domain::versions::move_jobs::MoveSpec;

/// What a person asks to move.
#[derive(Debug, Clone)]
pub struct MoveRequest {
    /// From which queue.
    pub source: QueueId,
    /// To which.
    pub target: QueueId,
    /// Which jobs, and how their data changes.
    pub spec: MoveSpec,
    /// Why.
    pub reason: String,
    /// Whether they said that they saw the dry run.
    pub confirmed: bool,
}
