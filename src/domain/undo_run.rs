//! Undoing all edits of a run: which run, and why single jobs stay as they are.

use serde::{Deserialize, Serialize};

/// What an undo run does, as its record keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoRunSpec {
    /// The id of the run whose edits are undone.
    pub run: String,
    /// When that run began, in Unix milliseconds.
    pub begun: u64,
    /// When something last happened to it.
    pub updated: u64,
}

/// Why the edit of one job is not undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UndoSkip {
    /// The job is gone, or in another queue.
    Gone,
    /// Its data was changed after the edit.
    Changed,
    /// Its data is already what it was before.
    Undone,
    /// A worker has it.
    Locked,
    /// It changed its state between the look and the change.
    Moved,
    /// The log does not hold the data from before.
    NotKept,
    /// The audit log hides values of the change.
    Hidden,
    /// BullMQ can't read the data from before.
    NotJson,
    /// The rules for data that are in force refuse it.
    NotAllowed,
    /// The policy asks for another reason than the run has.
    Reason,
    /// It is larger than data may be.
    TooLarge,
    /// The job had no data field, or has none.
    NoField,
    /// Its script failed.
    Failed,
}

impl UndoSkip {
    /// The reason in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Gone => "the job is no longer in this queue",
            Self::Changed => "its data was changed after the edit",
            Self::Undone => "its data is already what it was before the edit",
            Self::Locked => "a worker has the job",
            Self::Moved => "the job changed its state meanwhile",
            Self::NotKept => "the audit log does not hold the exact data from before",
            Self::Hidden => "the audit log hides values of the change",
            Self::NotJson => "the data from before was not JSON",
            Self::NotAllowed => "the rules in force now refuse the data from before",
            Self::Reason => "the policy asks for another reason, such as one with a ticket",
            Self::TooLarge => "the data is larger than max_data_bytes",
            Self::NoField => "the job had or has no data field; undo its entry alone",
            Self::Failed => "the undo failed",
        }
    }
}
