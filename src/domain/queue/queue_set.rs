//! Which queues a page or a search is about.

use super::QueueId;

/// The queues that a page or a search is about, as far as the person may see them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum QueueSet {
    /// All queues.
    All,
    /// The versions of a family.
    Family {
        /// The prefix of its queues.
        prefix: String,
        /// The family's name.
        name: String,
    },
    /// One queue.
    Queue(QueueId),
}
