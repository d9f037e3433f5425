//! The request for a move.

use crate::domain::queue::QueueId;
use crate::domain::versions::move_jobs::MoveSpec;

/// What a person asks to move.
#[derive(Debug, Clone)]
pub struct MoveRequest {
    /// The queue that the jobs leave.
    pub source: QueueId,
    /// The queue that they go to.
    pub target: QueueId,
    /// Which jobs, and the patch for their data.
    pub spec: MoveSpec,
    /// The person's reason.
    pub reason: String,
    /// Whether they confirmed the dry run.
    pub confirmed: bool,
    /// Whether they ask to begin it without the second person that it takes.
    pub alone: bool,
}
