//! What is asked of a search: where to look, and when to stop.

use std::time::Duration;

use crate::domain::queue::QueueId;

/// The largest field that a search reads, in bytes. A job with a larger one is counted, not searched.
pub const LARGEST_SEARCHED: u64 = 8 * 1024 * 1024;

/// Where to search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchPlace {
    /// One queue.
    Queue(QueueId),
    /// All versions of a family that the person may see.
    Family {
        /// The prefix of its queues.
        prefix: String,
        /// The family's name.
        name: String,
    },
    /// All queues that the person may see.
    Everywhere,
}

/// When a search stops before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchLimits {
    /// After so many jobs that match.
    pub found: u64,
    /// After about so many jobs that were looked at.
    pub looked_at: u64,
    /// After so long.
    pub within: Duration,
}
