//! What becomes of one job's data in a repair: from its bytes, the change and the rules in force alone. The dry run, the test on
//! one job and the run all ask here.

use super::change::{NotChanged, RepairChange};
use crate::domain::edit::data_policy::{Change, DataPolicy, DataRefusal};
use crate::domain::edit::policy_refusal::{PolicyRefusal, RefusalKind};
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::JobState;
use crate::domain::schema::in_force::InForce;

/// What becomes of a job's data.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RepairVerdict {
    /// It becomes this text, changed in so many places.
    Changes(String, usize),
    /// It is right already.
    Right,
    /// It stays as it is, and why, with what is wrong where a schema or the change says so.
    Stays(RepairSkip, Vec<TextProblem>),
}

/// Why a job is not repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RepairSkip {
    /// Whether the query wants it is not known.
    Unread,
    /// It has no data, or larger data than may be edited.
    NoData,
    /// Its data is larger than may be edited, or would be.
    TooLarge,
    /// Its data is not JSON.
    NotJson,
    /// Two members have the same name.
    Doubled,
    /// The change does not fit.
    Unfitting,
    /// The schema offers no fix, or several.
    NoFix,
    /// The data after the change breaks the schema.
    BreaksSchema,
    /// The schema is faulty.
    FaultySchema,
    /// There is no schema, and one is required.
    NoSchema,
    /// The policy is faulty.
    FaultyPolicy,
    /// The policy does not let it be changed in its state.
    StateNotAllowed,
    /// It changes a field that the policy does not let be changed.
    NotEditable,
    /// It changes a field that is hidden from whoever repairs it.
    HiddenChanged,
    /// It changes a field that takes a second person.
    NeedsApproval,
    /// It changes a field that takes the password again.
    NeedsPassword,
    /// The policy asks for a ticket, and the reason names none.
    NoTicket,
    /// A worker holds it.
    Locked,
    /// It left the state in which it was found.
    Astray,
    /// Its data changed meanwhile.
    Changed,
    /// It is gone.
    Gone,
    /// Its parent or children keep it from being retried.
    NotRetried,
    /// Its script failed.
    Failed,
}

impl RepairSkip {
    /// In our words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Unread => {
                "the query could not be checked: what it asks about is not JSON, or is too large"
            }
            Self::NoData => "it has no data",
            Self::TooLarge => "its data is too large to be edited",
            Self::NotJson => "its data is not JSON",
            Self::Doubled => "two members of its data have the same name",
            Self::Unfitting => "the change does not fit its data",
            Self::NoFix => "the schema offers no quick fix, or several",
            Self::BreaksSchema => "the changed data would break the schema",
            Self::FaultySchema => "the schema in force is faulty",
            Self::NoSchema => "there is no schema for it, and one is required",
            Self::FaultyPolicy => "the policy in force is faulty",
            Self::StateNotAllowed => "the policy does not let jobs in this state be changed",
            Self::NotEditable => "the policy does not let this field be changed",
            Self::HiddenChanged => "it changes a field that is hidden from whoever repairs it",
            Self::NoTicket => "the policy asks for a ticket in the reason",
            Self::NeedsApproval => {
                "it changes a critical field, which takes a second person: the review did not find it, so nobody approved it"
            }
            Self::NeedsPassword => {
                "it changes a sensitive field, which takes the password again: a run can’t ask for it, so edit it by itself"
            }
            Self::Locked => "held by a worker",
            Self::Astray => "no longer in this state",
            Self::Changed => "its data has changed meanwhile",
            Self::Gone => "its data is gone",
            Self::NotRetried => {
                "its parent, its children or its deduplication keep it from being retried"
            }
            Self::Failed => "its script failed in Redis; Bullkeeper’s log has the error",
        }
    }

    /// Whether it counts as a failure of the repair. That others work on a job meanwhile does not.
    pub(crate) fn is_failure(self) -> bool {
        !matches!(
            self,
            Self::Locked | Self::Astray | Self::Changed | Self::Gone
        )
    }
}

impl From<&NotChanged> for RepairSkip {
    fn from(why: &NotChanged) -> Self {
        match why {
            NotChanged::NotJson => Self::NotJson,
            NotChanged::Doubled => Self::Doubled,
            NotChanged::TooLarge => Self::TooLarge,
            NotChanged::Unfitting(_) => Self::Unfitting,
            NotChanged::NoFix => Self::NoFix,
        }
    }
}

impl From<&PolicyRefusal> for RepairSkip {
    fn from(refusal: &PolicyRefusal) -> Self {
        match refusal.kind {
            RefusalKind::Faulty(_) => Self::FaultyPolicy,
            RefusalKind::StateNotAllowed { .. } => Self::StateNotAllowed,
            RefusalKind::NotEditable { .. } => Self::NotEditable,
            RefusalKind::HiddenChanged(_) => Self::HiddenChanged,
            RefusalKind::NeedsPassword(_) => Self::NeedsPassword,
            RefusalKind::NeedsApproval(_) => Self::NeedsApproval,
        }
    }
}

/// Judges a job's data by the change and the rules in force for it.
pub(crate) fn judge(
    data: &[u8],
    state: JobState,
    change: &RepairChange,
    policy: &DataPolicy,
) -> RepairVerdict {
    let stays = |why| RepairVerdict::Stays(why, Vec::new());
    if matches!(policy.schema, InForce::Faulty(_)) {
        return stays(RepairSkip::FaultySchema);
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return stays(RepairSkip::NotJson);
    };
    let most = usize::try_from(policy.max_data_bytes).unwrap_or(usize::MAX);
    let changed = match change.apply(text, &policy.schema, most) {
        Ok(changed) if changed.places == 0 => return RepairVerdict::Right,
        Ok(changed) => changed,
        Err(NotChanged::Unfitting(why)) => {
            let problem = TextProblem {
                line: 1,
                column: 1,
                message: why,
                ..TextProblem::default()
            };
            return RepairVerdict::Stays(RepairSkip::Unfitting, vec![problem]);
        }
        Err(why) => return stays(RepairSkip::from(&why)),
    };
    let checked = policy.check_change(Change {
        before: Some(data),
        after: &changed.text,
        typed: &changed.text,
        state: Some(state),
    });
    match checked {
        Ok(_) => RepairVerdict::Changes(changed.text, changed.places),
        Err(DataRefusal::Policy(refusal)) => {
            let problems = refusal.problems(&changed.text);
            RepairVerdict::Stays(RepairSkip::from(&refusal), problems)
        }
        Err(DataRefusal::TooLarge { .. }) => stays(RepairSkip::TooLarge),
        Err(DataRefusal::SchemaFaulty(_)) => stays(RepairSkip::FaultySchema),
        Err(DataRefusal::SchemaMissing) => stays(RepairSkip::NoSchema),
        Err(DataRefusal::Invalid(problems)) => {
            RepairVerdict::Stays(RepairSkip::BreaksSchema, problems)
        }
    }
}
