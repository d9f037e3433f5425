//! A moment that explains what a chart shows: a deploy, a move, or what a person wrote.

use crate::domain::queue::QueueId;

/// The longest text of a mark that a person makes, and the longest pattern of its queues, in characters.
pub(crate) const LONGEST_WORDS: usize = 200;
pub(crate) const LONGEST_PATTERN: usize = 200;

/// What happened at a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum MarkKind {
    /// A version was seen for the first time.
    FirstSeen,
    /// A version got its first worker.
    FirstWorker,
    /// A version that was draining has no outstanding jobs any more.
    Drained,
    /// A version was retired.
    Retired,
    /// A version was pinned, or its pin taken away.
    Pinned,
    /// Jobs were moved to another version.
    Moved,
    /// A person marked this moment.
    Custom,
}

/// The queues that a mark is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkTarget {
    /// One queue, and the charts of its family.
    Queue(QueueId),
    /// The queues that a pattern with `*` names, such as `email/*` (any prefix) or `bull:email/*`.
    Pattern(String),
}

/// A line on the charts, with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Names it; the same event recorded twice has the same id.
    pub id: String,
    /// When it happened, in Unix milliseconds.
    pub at_ms: u64,
    /// What happened.
    pub kind: MarkKind,
    /// What it is about.
    pub target: MarkTarget,
    /// A sentence without a full stop: `email/v2 got its first worker`.
    pub words: String,
    /// Who did it; empty for what nobody in particular did.
    pub by: String,
}
