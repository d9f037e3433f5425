//! How far a search goes.

use std::time::Duration;

/// The largest field that a search reads, in bytes. A job with a larger one is counted, not searched.
pub const LARGEST_SEARCHED: u64 = 8 * 1024 * 1024;

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
