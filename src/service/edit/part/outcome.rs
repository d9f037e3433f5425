//! The results of an edit of a part, and why one is not stored.

use crate::domain::audit::reason::BadReason;
use crate::domain::edit::diff::Diff;
use crate::domain::edit::part::BadPart;
use crate::domain::job::{JobState, Revision};
use crate::service::edit::assess::EditRejection;
use crate::service::jobs::operate::OperationOutcome;

/// What storing a part would do.
#[derive(Debug)]
pub struct ReviewedPart {
    /// The job's name.
    pub name: String,
    /// Its state.
    pub state: JobState,
    /// The part as it is stored and as it will be.
    pub diff: Diff,
    /// The schema that the whole data passed; empty if there is none.
    pub schema: String,
    /// The size of the whole data before and after.
    pub sizes: (u64, u64),
}

/// Why a part is not stored.
#[derive(Debug)]
pub enum PartRejection {
    /// There is no such part.
    NoPart(BadPart),
    /// The text is larger than a part may be, in bytes.
    TooLarge(usize),
    /// The data was changed since the part was opened.
    Stale(Box<StalePart>),
    /// As any edit.
    Edit(EditRejection),
}

impl From<EditRejection> for PartRejection {
    fn from(rejection: EditRejection) -> Self {
        Self::Edit(rejection)
    }
}

impl From<BadPart> for PartRejection {
    fn from(bad: BadPart) -> Self {
        Self::NoPart(bad)
    }
}

/// The data was changed since a part of it was opened.
#[derive(Debug)]
pub struct StalePart {
    /// The revision now.
    pub revision: Revision,
    /// From the part as it is now to the typed text; or why there is no such part now.
    pub diff: Result<Diff, BadPart>,
}

/// The result of an edit of a part.
#[derive(Debug)]
pub enum PartEdited {
    /// It is stored.
    Saved(Option<OperationOutcome>),
    /// It passed the checks; nothing was written yet.
    Ready(Box<ReviewedPart>),
    /// The same, but not its reason.
    NeedsReason(Box<ReviewedPart>, BadReason),
    /// It was rejected; nothing was written.
    Not(PartRejection),
}
