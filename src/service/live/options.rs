//! The options of the live engine.

use std::time::Duration;

use crate::domain::versions::VersionPattern;

/// The shortest and the longest time between two attempts while Redis is unreachable.
pub(crate) const BACK_OFF: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(5)];

/// The options of the live engine.
#[derive(Debug, Clone)]
pub struct LiveOptions {
    /// The least time between two counts of queues that have events.
    pub recount: Duration,
    /// The time between two checks of what sends no events: workers, and queues whose events can't be read.
    pub refresh: Duration,
    /// The time over which every queue is counted once, with or without events.
    pub round: Duration,
    /// The time that one walk through the keys is spread over. The next one begins when it ends.
    pub discovery: Duration,
    /// How names split into family and version.
    pub pattern: VersionPattern,
}
