//! Why a job is skipped, or the whole of a queue, in words.

use crate::store::bullmq::operations::job::Operated;
use crate::store::error::StoreError;

/// The words for a job whose data no entry may hold.
pub(super) const UNKEPT: &str = "its data can’t be kept in the audit log";

/// The words for a job that left the state in which it was selected.
pub(super) const ASTRAY: &str = "no longer in this state";

/// The words for a job of which it is not known whether the query wants it.
pub(super) const UNREAD: &str =
    "the query could not be checked: what it asks about is not JSON, or is too large";

/// Why a job was not done, or won't be; `None` where it was done.
pub(super) fn skip_words(came: Operated) -> Option<&'static str> {
    match came {
        Operated::Done | Operated::DoneAndRemoved | Operated::DoneBefore | Operated::Halted => None,
        Operated::HasChildren => Some("its children have not ended"),
        Operated::NextWaits => Some("another job waits for its end"),
        Operated::PassedOver => Some("its parent has gone on without it"),
        Operated::Gone => Some("its data is gone"),
        Operated::WrongState => Some(ASTRAY),
        Operated::Locked => Some("held by a worker"),
        Operated::Scheduled => Some("the next job of a scheduler"),
        Operated::Changed => Some("its data has changed"),
        Operated::TooLarge => Some(UNKEPT),
    }
}

/// Why a job is skipped whose script failed.
pub(super) fn failed_words(error: &StoreError) -> &'static str {
    match error {
        StoreError::Refused(_) => "Redis refused to change it or its parent",
        error if error.is_wrong_type() => {
            "a key of this job or its parent has another type than it should have"
        }
        _ => "its script failed in Redis; Bullkeeper’s log has the error",
    }
}

/// Why a queue is skipped that can't be read or changed, where others can.
pub(crate) fn skipped_queue(error: &StoreError) -> Option<&'static str> {
    error.is_of_keys().then_some(match error {
        StoreError::Refused(_) => "its queue is not Bullkeeper’s to read and change: Redis refused",
        _ => "its queue can’t be read or changed: Redis holds something unexpected there",
    })
}
