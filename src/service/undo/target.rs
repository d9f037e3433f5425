//! The edit that is to be undone.

use crate::domain::audit::entry::LoggedEntry;
use crate::domain::audit::redact::Redactor;
use crate::domain::job::{JobId, Revision};
use crate::domain::queue::QueueId;

/// The largest change beside an entry that is read to be undone, in bytes. Earlier versions stored patches of any size.
pub(crate) const LARGEST_CHANGE: u64 = 1024 * 1024;

/// An edit that is to be undone: its entry, and its job as it is now.
#[derive(Debug)]
pub struct UndoTarget {
    /// The entry of the edit.
    pub recorded: LoggedEntry,
    /// The digests of the data before and after the edit, as they are stored. The entry that its reader sees has none where a
    /// policy hides data of any job of the queue; without them the data would look as if it was changed since.
    pub(crate) digests: [String; 2],
    /// The job's queue.
    pub queue: QueueId,
    /// The job's id.
    pub id: JobId,
    /// What happened to the job after the edit, newest first, as far as the reader may see it.
    pub since: Vec<LoggedEntry>,
}

impl UndoTarget {
    /// The entry as its reader may see it, with the digests to compare data with. Not to be shown.
    pub(super) fn compared(&self) -> LoggedEntry {
        let mut compared = self.recorded.clone();
        let [before, after] = self.digests.clone();
        (compared.entry.before, compared.entry.after) = (before, after);
        compared
    }
}

/// Whether a digest in an entry is that of a revision. The settings may have begun to hide something since it was written.
pub(crate) fn is_digest(redactor: &Redactor, revision: &Revision, digest: &str) -> bool {
    revision.as_str() == digest || redactor.seal(revision.as_str()) == digest
}
