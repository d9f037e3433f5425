//! The assessment of an edit, from the stored job, the person's text and the schema alone. It can take a second for
//! megabytes, so callers run it off the async threads, with `run_blocking`.

use std::sync::Arc;

use super::request::EditRequest;
use crate::domain::audit::redact::Redactor;
use crate::domain::edit::diff::{Diff, side_by_side};
use crate::domain::edit::merge::{Merge, merge};
use crate::domain::edit::patch::{Change as PlaceChanged, Limit, Patch};
use crate::domain::edit::{self, Refusal};
use crate::domain::job::{JobState, Revision, StoredJob};
use crate::domain::json::{Document, JsonError, MAX_EDIT_DEPTH, pretty_or_raw};
use crate::domain::schema::{Schema, SchemaFault, Violation};
use crate::store::schema_folder::InForce;

/// The longest reason, in characters: pages read many entries of the audit log at once.
pub(crate) const LONGEST_REASON: usize = 2_000;

/// Unchanged lines shown around each change of a diff.
pub(crate) const CONTEXT: usize = 3;

/// A problem in a text, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextProblem {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The JSON Pointer, if a schema found the problem.
    pub pointer: Option<String>,
    /// What is wrong, and what was expected.
    pub message: String,
}

/// An edit that passed all checks, with the change it makes.
#[derive(Debug)]
pub struct CheckedEdit {
    /// The job as it is stored.
    pub job: StoredJob,
    /// The compact text to store.
    pub after: String,
    /// The schema it was checked against.
    pub schema: Option<Arc<Schema>>,
}

/// A checked change, with what a review shows of it.
#[derive(Debug)]
pub struct Reviewed {
    /// The change.
    pub change: CheckedEdit,
    /// Both texts side by side, pretty-printed if they are JSON.
    pub diff: Diff,
    /// The changed places, one by one.
    pub places: Places,
}

/// The changed places of a review.
#[derive(Debug)]
pub enum Places {
    /// All of them.
    All(Vec<PlaceChanged>),
    /// There are too many, or they are too large, to be listed.
    TooMany,
    /// The stored data is no JSON and is replaced as a whole.
    Whole,
}

/// How many changed places a review lists.
const LISTED: Limit = Limit {
    changes: 50,
    bytes: 64 * 1024,
};

/// Somebody else changed the job first.
#[derive(Debug)]
pub struct Conflict {
    /// The job's name.
    pub name: String,
    /// Its state now.
    pub state: JobState,
    /// From what the person opened to what is stored now: the other's change.
    pub theirs: Diff,
    /// From what the person opened to their text: their own change.
    pub yours: Diff,
    /// What is stored now, pretty-printed if it is JSON.
    pub now: String,
    /// The revision of what is stored now.
    pub now_revision: Revision,
    /// What is stored now, unchanged.
    pub now_stored: String,
    /// Both changes merged; if they touch the same places, those places.
    pub merged: Result<String, Vec<String>>,
}

/// Why an edit is rejected.
#[derive(Debug)]
pub enum EditRejection {
    /// There is nothing to change.
    Unchanged,
    /// The text can't be stored, or breaks the schema.
    Invalid(Vec<TextProblem>),
    /// The schema in force is faulty: edits wait until it is corrected.
    SchemaFaulty(Arc<Vec<SchemaFault>>),
    /// There is no schema, and `require_schema` demands one.
    SchemaMissing,
    /// The text is larger than allowed, both in bytes.
    TooLarge {
        /// The size of the text.
        size: u64,
        /// The largest size that is allowed.
        limit: u64,
    },
    /// The stored data is larger than may be edited, both in bytes.
    StoredTooLarge {
        /// The size of the stored data.
        size: u64,
        /// The largest size that is allowed.
        limit: u64,
    },
    /// The reason is longer than [`LONGEST_REASON`]; its length in characters.
    ReasonTooLong(usize),
    /// Somebody else changed the job first.
    Stale(Box<Conflict>),
    /// The job may not be edited now.
    Refused(Refusal),
    /// There is no such job any more.
    Gone,
}

/// The rules that an edit is checked against.
#[derive(Debug)]
pub(crate) struct EditRules {
    pub(crate) schema: InForce,
    pub(crate) require_schema: bool,
    pub(crate) max_data_bytes: u64,
}

/// Checks the draft against the job as it is now: the change that it makes, or why it is rejected.
pub(crate) fn assess(
    job: StoredJob,
    draft: &EditRequest,
    weights: EditRules,
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
    let (size, limit) = (after.len() as u64, weights.max_data_bytes);
    if size > limit {
        return Err(EditRejection::TooLarge { size, limit });
    }
    let schema = match weights.schema {
        InForce::Schema(schema) => Some(schema),
        InForce::Faulty(faults) => return Err(EditRejection::SchemaFaulty(faults)),
        InForce::Nothing if weights.require_schema => return Err(EditRejection::SchemaMissing),
        InForce::Nothing => None,
    };
    if let Some(schema) = &schema {
        let problems = violations(&draft.text, schema);
        if !problems.is_empty() {
            return Err(EditRejection::Invalid(problems));
        }
    }
    Ok(CheckedEdit { job, after, schema })
}

/// Adds what a review shows of a change.
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

impl From<JsonError> for TextProblem {
    fn from(fault: JsonError) -> Self {
        Self {
            line: fault.line,
            column: fault.column,
            pointer: None,
            message: fault.message,
        }
    }
}

impl From<Violation> for TextProblem {
    fn from(violation: Violation) -> Self {
        Self {
            line: violation.line,
            column: violation.column,
            pointer: Some(violation.pointer),
            message: violation.message,
        }
    }
}

/// The problems of `text` under the schema in force.
pub(crate) fn problems_of(text: &str, schema: &InForce) -> Vec<TextProblem> {
    match Document::parse(text) {
        Err(fault) => vec![fault.into()],
        Ok(document) => {
            let doubled = document.duplicate_keys().into_iter().map(TextProblem::from);
            let mut problems: Vec<TextProblem> = doubled.collect();
            if let InForce::Schema(schema) = schema {
                problems.extend(violations(text, schema));
            }
            problems
        }
    }
}

pub(crate) fn violations(text: &str, schema: &Schema) -> Vec<TextProblem> {
    match Document::parse(text).and_then(|document| schema.check(&document)) {
        Ok(violations) => violations.into_iter().map(TextProblem::from).collect(),
        Err(fault) => vec![fault.into()],
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
        // One of them is no JSON, so they can't be merged.
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
