//! One point of the history.

use super::range::Resolution;
use crate::domain::stats::series::Spread;

/// How much of a point's time was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// All of it.
    Whole,
    /// Some of it, or events may be missing: counts are lower bounds.
    Part,
    /// Nothing: no process recorded then, or it is not kept any more.
    Nothing,
}

/// What happened in one queue, or in several together, during one stretch of time. `None` means "not known", never 0; for times
/// it means that nothing was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HistoryPoint {
    /// When it begins, in Unix milliseconds of Redis's clock. How long it lasts is the resolution of the reading.
    pub start_ms: u64,
    /// How much of it was recorded.
    pub coverage: Coverage,
    /// Jobs added.
    pub added: Option<u64>,
    /// Jobs completed.
    pub completed: Option<u64>,
    /// Jobs failed without attempts left.
    pub failed: Option<u64>,
    /// Outstanding jobs at its last reading.
    pub outstanding: Option<u64>,
    /// Workers at its last reading.
    pub workers: Option<u64>,
    /// How long jobs waited that workers took then.
    pub waiting: Option<Spread>,
    /// How long the attempts took that ended then.
    pub processing: Option<Spread>,
}

/// A part of the past as a page shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryReading {
    /// How long each point lasts.
    pub resolution: Resolution,
    /// Where it begins and ends, in Unix milliseconds.
    pub span: (u64, u64),
    /// The points, oldest first, without gaps: what is not known is a point too.
    pub points: Vec<HistoryPoint>,
    /// How many queues were added up.
    pub queues: usize,
    /// Since when anything of them is kept, in Unix milliseconds; `None` if nothing is.
    pub since_ms: Option<u64>,
    /// How many bytes in Redis the history of these queues takes; that of all queues with what is kept once for all of them.
    pub bytes: u64,
}
