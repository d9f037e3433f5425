//! The assessment of an edit, from the stored job, the person's text and the schema alone. It can take a second for
//! megabytes, so callers run it off the async threads, with `run_blocking`.

use std::sync::Arc;
use std::time::Duration;

use super::request::EditRequest;
use super::sight::EditorSight;
use crate::domain::audit::reason::BadReason;
use crate::domain::audit::redact::Redactor;
use crate::domain::edit::data_policy::{Change, DataPolicy, DataRefusal};
use crate::domain::edit::demands::Demands;
use crate::domain::edit::diff::{Diff, side_by_side};
use crate::domain::edit::limit::{EditLimit, EditsUsed};
use crate::domain::edit::merge::{Merge, merge};
use crate::domain::edit::patch::{Change as PlaceChanged, Limit, Patch};
use crate::domain::edit::policy_refusal::PolicyRefusal;
use crate::domain::edit::problem::TextProblem;
use crate::domain::edit::{self, Refusal};
use crate::domain::job::{JobState, Revision, StoredJob};
use crate::domain::json::{Document, JsonError, MAX_EDIT_DEPTH, pretty_or_raw};
use crate::domain::policy::changes::{Before, changed_places};
use crate::domain::policy::mask::HiddenChanged;
use crate::domain::policy::{PolicyInForce, RepairPolicy};
use crate::domain::schema::{Schema, SchemaFault};

/// Unchanged lines shown around each change of a diff.
pub(crate) const CONTEXT: usize = 3;

/// An edit that may stand: what it would change.
#[derive(Debug)]
pub struct CheckedEdit {
    /// The job as it is stored.
    pub job: StoredJob,
    /// The compact text to store.
    pub after: String,
    /// The schema it was checked against.
    pub schema: Option<Arc<Schema>>,
    /// What it takes beside the right to make it.
    pub demands: Demands,
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
    /// The sizes of both texts as they are shown, in bytes.
    pub sizes: [usize; 2],
    /// What the person has used of their limit of edits, where there is one.
    pub used: Option<EditsUsed>,
    /// The repair policy that it passed.
    pub policy: PolicyInForce,
}

/// The changed places of a review.
#[derive(Debug)]
pub enum Places {
    /// All of them.
    All(Vec<PlaceChanged>),
    /// There are too many, or they are too large, to be listed.
    TooMany,
    /// The stored data is not JSON and is replaced as a whole.
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
    /// A repair policy refuses it.
    Policy(PolicyRefusal),
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
    /// It does not leave values as they are that are hidden from the editor.
    HiddenChanged(HiddenChanged),
    /// The reason can't be kept as it is.
    BadReason(BadReason),
    /// Somebody else was faster.
    Stale(Box<Conflict>),
    /// The job may not be edited now.
    Refused(Refusal),
    /// There is no such job any more.
    Gone,
    /// The person made as many edits as their limit allows; one more is allowed after this time.
    Limited(EditLimit, Duration),
    /// There is no room for another proposal, and why.
    NoRoom(String),
}

impl From<DataRefusal> for EditRejection {
    fn from(refusal: DataRefusal) -> Self {
        match refusal {
            DataRefusal::TooLarge { size, limit } => Self::TooLarge { size, limit },
            DataRefusal::Policy(refusal) => Self::Policy(refusal),
            DataRefusal::SchemaFaulty(faults) => Self::SchemaFaulty(faults),
            DataRefusal::SchemaMissing => Self::SchemaMissing,
            DataRefusal::Invalid(problems) => Self::Invalid(problems),
        }
    }
}

/// Checks the draft against the job as it is now: the change that it makes, or why it is rejected.
pub(crate) fn assess(
    job: StoredJob,
    draft: &EditRequest,
    policy: &DataPolicy,
    sight: &EditorSight,
) -> Result<CheckedEdit, EditRejection> {
    let is_stale = draft.seen != sight.revision(&job);
    let stale = |job| EditRejection::Stale(Box::new(conflict(job, draft, sight)));
    let full = match sight.hiding.unmask(&job.data, &draft.text) {
        Ok(full) => full,
        Err(_) if is_stale => return Err(stale(&job)),
        Err(changed) => return Err(EditRejection::HiddenChanged(changed)),
    };
    let after = match edit::draft(&job.data, &full) {
        edit::Draft::Unchanged => return Err(EditRejection::Unchanged),
        _ if is_stale => return Err(stale(&job)),
        edit::Draft::Faulty(faults) => {
            return Err(EditRejection::Invalid(told(faults, draft, sight)));
        }
        edit::Draft::Change(after) => after,
    };
    if let Some(refusal) = Refusal::of(job.state, job.locked) {
        return Err(EditRejection::Refused(refusal));
    }
    let schema = policy.check_change(Change {
        before: Some(&job.data),
        after: &after,
        typed: &full,
        state: Some(job.state),
    });
    let schema = schema.map_err(|refusal| match (refusal, Document::parse(&draft.text)) {
        (DataRefusal::Invalid(problems), Ok(typed)) => {
            EditRejection::Invalid(sight.told(problems, &typed))
        }
        (refusal, _) => refusal.into(),
    })?;
    let demands = demands_under(policy, &job, &after);
    Ok(CheckedEdit {
        job,
        after,
        schema,
        demands,
    })
}

/// What the policy in force demands of the change of a job's data to `after`, which is JSON.
pub(crate) fn demands_under(policy: &DataPolicy, job: &StoredJob, after: &str) -> Demands {
    match policy.repair.iter().find_map(PolicyInForce::policy) {
        Some(repair) => demands(repair, job, after),
        None => Demands::default(),
    }
}

/// What a policy demands of the change of a job's data to `after`, which is JSON.
fn demands(policy: &RepairPolicy, job: &StoredJob, after: &str) -> Demands {
    let stored = std::str::from_utf8(&job.data).ok();
    let before = stored.and_then(|text| Document::parse(text).ok());
    let before = before.as_ref().map_or(Before::Unreadable, Before::Document);
    match Document::parse(after) {
        Ok(after) => Demands::of(policy, &changed_places(policy, before, &after)),
        // It was parsed before, so this is not reached; a change that can't be looked at takes all there is to take.
        Err(_) => Demands {
            password: true,
            approval: vec![String::new()],
            ..Demands::of(policy, &Default::default())
        },
    }
}

/// Faults of the text as the editor is told them. One may be in a hidden value, as it is stored already: a name twice.
fn told(faults: Vec<JsonError>, draft: &EditRequest, sight: &EditorSight) -> Vec<TextProblem> {
    if sight.hiding.is_nothing() {
        return faults.into_iter().map(TextProblem::from).collect();
    }
    match edit::draft(b"", &draft.text) {
        edit::Draft::Faulty(faults) => faults.into_iter().map(TextProblem::from).collect(),
        _ => vec![TextProblem {
            line: 1,
            column: 1,
            message: "a value that is hidden from you can't be stored again as it is; ask someone who may see it"
                .to_owned(),
            ..TextProblem::default()
        }],
    }
}

/// Adds what a review shows of a change.
pub(crate) fn describe(
    change: CheckedEdit,
    policy: PolicyInForce,
    sight: &EditorSight,
) -> Reviewed {
    let stored = sight.shown(&change.job.data);
    let shown = sight.shown(change.after.as_bytes());
    let comparable = |text| {
        let document = Document::parse(text).ok();
        document.filter(|document| document.depth() <= MAX_EDIT_DEPTH)
    };
    let places = match (comparable(&stored), comparable(&shown)) {
        (Some(before), Some(after)) => {
            match Patch::between(&before, &after, &Redactor::new(&[], b""), LISTED) {
                Ok(patch) => Places::All(patch.changes()),
                Err(_) => Places::TooMany,
            }
        }
        _ => Places::Whole,
    };
    Reviewed {
        diff: side_by_side(&pretty_or_raw(&stored), &pretty_or_raw(&shown), CONTEXT),
        places,
        sizes: [stored.len(), shown.len()],
        policy,
        change,
        used: None,
    }
}

/// The three sides of a conflict, as the editor may see them.
pub(crate) fn conflict(job: &StoredJob, draft: &EditRequest, sight: &EditorSight) -> Conflict {
    let stored = sight.shown(&job.data);
    let merged = match (
        Document::parse(&draft.opened),
        Document::parse(&stored),
        Document::parse(&draft.text),
    ) {
        (Ok(opened), Ok(now), Ok(yours)) => match merge(&opened, &now, &yours) {
            Merge::Clean(text) => Ok(text),
            Merge::Conflict(pointers) => Err(pointers),
        },
        // One of them is not JSON, so they can't be merged.
        _ => Err(Vec::new()),
    };
    let (opened, now) = (pretty_or_raw(&draft.opened), pretty_or_raw(&stored));
    Conflict {
        name: job.name.clone(),
        state: job.state,
        theirs: side_by_side(&opened, &now, CONTEXT),
        yours: side_by_side(&opened, &pretty_or_raw(&draft.text), CONTEXT),
        now,
        now_revision: sight.revision(job),
        now_stored: stored,
        merged,
    }
}
