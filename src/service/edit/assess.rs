//! What an edit comes to, from the stored job, the person's text and the schema alone. It can take a second for
//! megabytes, so it runs off the async threads; see [`run_blocking`].

use std::sync::Arc;

use super::request::EditRequest;
use crate::domain::audit::reason::BadReason;
use crate::domain::audit::redact::Redactor;
use crate::domain::edit::data_policy::{DataPolicy, DataRefusal};
use crate::domain::edit::diff::{Diff, side_by_side};
use crate::domain::edit::merge::{Merge, merge};
use crate::domain::edit::patch::{Change as PlaceChanged, Limit, Patch};
use crate::domain::edit::problem::TextProblem;
use crate::domain::edit::{self, Refusal};
use crate::domain::job::{JobState, Revision, StoredJob};
use crate::domain::json::{Document, MAX_EDIT_DEPTH, pretty_or_raw};
use crate::domain::schema::{Schema, SchemaFault};

/// Unchanged lines shown around each change.
pub(crate) const CONTEXT: usize = 3;

/// An edit that may stand: what it would change.
#[derive(Debug)]
pub struct CheckedEdit {
    /// The job as it is.
    pub job: StoredJob,
    /// The compact text to store.
    pub after: String,
    /// The schema it was checked against.
    pub schema: Option<Arc<Schema>>,
}

/// A change with what a review shows of it.
#[derive(Debug)]
pub struct Reviewed {
    /// The change.
    pub change: CheckedEdit,
    /// The texts side by side, both pretty-printed where they are JSON.
    pub diff: Diff,
    /// The changed places one by one.
    pub places: Places,
}

/// The changed places of a review.
#[derive(Debug)]
pub enum Places {
    /// All of them.
    All(Vec<PlaceChanged>),
    /// There are too many, or they are too large, to be listed.
    TooMany,
    /// What is stored is no JSON and is replaced as a whole.
    Whole,
}

/// What a review lists of changed places.
const LISTED: Limit = Limit {
    changes: 50,
    bytes: 64 * 1024,
};

/// Somebody else's change came first.
#[derive(Debug)]
pub struct Conflict {
    /// The job's name.
    pub name: String,
    /// Where it stands now.
    pub state: JobState,
    /// From what the person opened to what is stored now: what the other changed.
    pub theirs: Diff,
    /// From what the person opened to their text: what they changed.
    pub yours: Diff,
    /// What is stored now, pretty-printed where it is JSON.
    pub now: String,
    /// The revision of what is stored now.
    pub now_revision: Revision,
    /// What is stored now, as it is stored.
    pub now_stored: String,
    /// Both changes together, where they do not touch; otherwise where they do.
    pub merged: Result<String, Vec<String>>,
}

/// Why an edit does not stand.
#[derive(Debug)]
pub enum EditRejection {
    /// There is nothing to change.
    Unchanged,
    /// It can't be stored, or breaks the schema.
    Invalid(Vec<TextProblem>),
    /// The schema in force is itself faulty: edits wait until it is mended.
    SchemaFaulty(Arc<Vec<SchemaFault>>),
    /// There is no schema, and a rule wants one.
    SchemaMissing,
    /// Larger than is allowed, both in bytes.
    TooLarge {
        /// What was sent.
        size: u64,
        /// What is allowed.
        limit: u64,
    },
    /// What is stored is larger than may be edited, both in bytes.
    StoredTooLarge {
        /// What is stored.
        size: u64,
        /// What is allowed.
        limit: u64,
    },
    /// The reason can't be kept as it is.
    BadReason(BadReason),
    /// Somebody else was faster.
    Stale(Box<Conflict>),
    /// The job may not be edited now.
    Refused(Refusal),
    /// There is no such job any more.
    Gone,
}

impl From<DataRefusal> for EditRejection {
    fn from(refusal: DataRefusal) -> Self {
        match refusal {
            DataRefusal::TooLarge { size, limit } => Self::TooLarge { size, limit },
            DataRefusal::SchemaFaulty(faults) => Self::SchemaFaulty(faults),
            DataRefusal::SchemaMissing => Self::SchemaMissing,
            DataRefusal::Invalid(problems) => Self::Invalid(problems),
        }
    }
}

/// Whether the draft may stand against the job as it is now: what it would change, or why not.
pub(crate) fn assess(
    job: StoredJob,
    draft: &EditRequest,
    policy: &DataPolicy,
) -> Result<CheckedEdit, EditRejection> {
    let after = match edit::draft(&job.data, &draft.text) {
        edit::Draft::Unchanged => return Err(EditRejection::Unchanged),
        _ if draft.seen != job.revision() => {
            return Err(EditRejection::Stale(Box::new(conflict(&job, draft))));
        }
        edit::Draft::Faulty(faults) => {
            let problems = faults.into_iter().map(TextProblem::from).collect();
            return Err(EditRejection::Invalid(problems));
        }
        edit::Draft::Change(after) => after,
    };
    if let Some(refusal) = Refusal::of(job.state, job.locked) {
        return Err(EditRejection::Refused(refusal));
    }
    let schema = policy.check_change(&after, &draft.text)?;
    Ok(CheckedEdit { job, after, schema })
}

/// What a review shows of a change.
pub(crate) fn describe(change: CheckedEdit) -> Reviewed {
    let stored = String::from_utf8_lossy(&change.job.data);
    let comparable = |text| {
        let document = Document::parse(text).ok();
        document.filter(|document| document.depth() <= MAX_EDIT_DEPTH)
    };
    let places = match (comparable(&stored), comparable(&change.after)) {
        (Some(before), Some(after)) => {
            match Patch::between(&before, &after, &Redactor::new(&[], b""), LISTED) {
                Ok(patch) => Places::All(patch.changes()),
                Err(_) => Places::TooMany,
            }
        }
        _ => Places::Whole,
    };
    Reviewed {
        diff: side_by_side(
            &pretty_or_raw(&stored),
            &pretty_or_raw(&change.after),
            CONTEXT,
        ),
        places,
        change,
    }
}

pub(crate) fn conflict(job: &StoredJob, draft: &EditRequest) -> Conflict {
    let stored = String::from_utf8_lossy(&job.data).into_owned();
    let merged = match (
        Document::parse(&draft.opened),
        Document::parse(&stored),
        Document::parse(&draft.text),
    ) {
        (Ok(opened), Ok(now), Ok(yours)) => match merge(&opened, &now, &yours) {
            Merge::Clean(text) => Ok(text),
            Merge::Conflict(pointers) => Err(pointers),
        },
        // One of them is no JSON: there is nothing to merge by.
        _ => Err(Vec::new()),
    };
    let (opened, now) = (pretty_or_raw(&draft.opened), pretty_or_raw(&stored));
    Conflict {
        name: job.name.clone(),
        state: job.state,
        theirs: side_by_side(&opened, &now, CONTEXT),
        yours: side_by_side(&opened, &pretty_or_raw(&draft.text), CONTEXT),
        now,
        now_revision: job.revision(),
        now_stored: stored,
        merged,
    }
}
