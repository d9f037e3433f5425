//! How the snapshot is kept.

use std::time::Duration;

use crate::domain::versions::VersionPattern;

/// The shortest and the longest time between two tries while Redis is away.
pub(crate) const BACK_OFF: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(5)];

/// How the snapshot is kept.
#[derive(Debug, Clone)]
pub struct LiveOptions {
    /// The least time between two counts of queues that have events.
    pub recount: Duration,
    /// Time between two looks at what sends no events: workers, and queues whose events can't be read.
    pub refresh: Duration,
    /// The time over which every queue is counted once, events or not.
    pub round: Duration,
    /// The time that one walk through the keyspace is spread over; the next begins when it ends.
    pub discovery: Duration,
    /// How names split.
    pub pattern: VersionPattern,
}
