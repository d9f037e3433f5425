//! Why an edit is not undone, apart from a later change.

use crate::domain::edit::Refusal;
use crate::domain::edit::data_policy::DataRefusal;
use crate::domain::edit::undo::NotRestorable;
use crate::service::edit::assess::EditRejection;

/// What keeps an edit from being undone.
#[derive(Debug, thiserror::Error)]
pub enum UndoRefusal {
    /// The entry is of something else.
    #[error("Only an edit of a job's data can be undone, and this entry is of another action.")]
    NotAnEdit,
    /// The entry is of a job that was removed.
    #[error(
        "A removal can't be undone: the audit log keeps the job's data, but not its options, its attempts and its place in the queue. Add a new job with that data instead."
    )]
    Removed,
    /// The entry is of a move, with or without a patch.
    #[error("A move can't be undone, also where a patch changed the data on the way.")]
    Moved,
    /// The edit was not made.
    #[error("This edit was not saved, so there is nothing to undo.")]
    NotApplied,
    /// The job is gone.
    #[error("The job no longer exists in this queue.")]
    Gone,
    /// The job is in the hands of a worker.
    #[error("{}", .0.words())]
    Job(Refusal),
    /// The data is what it was before the edit.
    #[error("The job's data is already what it was before this edit.")]
    Undone,
    /// The entry does not hold the data from before.
    #[error("{0}")]
    NotRestorable(NotRestorable),
    /// BullMQ can't read the data from before.
    #[error(
        "The data from before was not JSON. BullMQ can't read that, and a worker that takes the job would fail on it."
    )]
    NotJson,
    /// The policy hides something of the data from this person.
    #[error(
        "A policy hides some of this job's data from you, so you can't undo its edits. Ask someone who has the grant reveal."
    )]
    HiddenHere,
    /// It is not allowed as data now.
    #[error("{}", refusal_words(.0))]
    Data(EditRejection),
}

fn refusal_words(rejection: &EditRejection) -> String {
    match rejection {
        EditRejection::TooLarge { size, limit } | EditRejection::StoredTooLarge { size, limit } => {
            format!(
                "The data has {size} bytes, and at most {limit} are allowed (setting max_data_bytes)."
            )
        }
        EditRejection::SchemaFaulty(_) => {
            "The schema for this job is itself invalid, so nothing can be saved.".to_owned()
        }
        EditRejection::SchemaMissing => {
            "There is no schema for this job, and the setting require_schema requires one."
                .to_owned()
        }
        EditRejection::Invalid(_) => {
            "The data from before breaks the schema that is in force now.".to_owned()
        }
        EditRejection::BadReason(bad) => bad.to_string(),
        EditRejection::Policy(refusal) => refusal.to_string(),
        EditRejection::Limited(_, wait) => {
            format!(
                "You made as many edits as the policy allows. Try again in {} s.",
                wait.as_secs() + 1
            )
        }
        _ => "The data from before can't be saved now.".to_owned(),
    }
}

impl From<DataRefusal> for UndoRefusal {
    fn from(refusal: DataRefusal) -> Self {
        Self::Data(refusal.into())
    }
}
