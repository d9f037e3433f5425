//! Moving jobs from one version of a queue to another: which jobs, and why some are skipped.

use strum::{EnumString, IntoStaticStr, VariantArray};

use serde::{Deserialize, Serialize};

use crate::domain::job::JobState;
use crate::domain::job::filter::JobFilter;

/// Which jobs to move, and the patch for their data. Stored as JSON in the run's record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MoveSpec {
    /// Which jobs, in [`MOVABLE`] states.
    #[serde(flatten)]
    pub filter: JobFilter,
    /// The RFC 6902 patch, as it was typed; empty for none.
    pub patch: String,
}

/// The states whose jobs can move, in the order in which they do. Waiting includes paused.
pub(crate) const MOVABLE: [JobState; 4] = [
    JobState::Waiting,
    JobState::Prioritized,
    JobState::Delayed,
    JobState::Failed,
];

impl MoveSpec {
    /// In our words: `waiting, delayed jobs named "send"`.
    pub fn words(&self) -> String {
        let mut words = self.filter.words();
        if !self.patch.trim().is_empty() {
            words += ", reshaped by a patch";
        }
        words
    }
}

/// Why a job is skipped.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    IntoStaticStr,
    VariantArray,
    EnumString,
)]
#[strum(serialize_all = "kebab-case", parse_err_ty = String, parse_err_fn = no_skip_reason)]
pub enum SkipReason {
    /// Its data, after the patch, breaks the target's schema.
    BreaksSchema,
    /// The target's schema is faulty.
    FaultySchema,
    /// A patch is an edit, and `require_schema` demands a schema for edits.
    NoSchema,
    /// A repair policy is faulty, and the patch changes data.
    FaultyPolicy,
    /// A repair policy allows no change in the job's state.
    StateNotAllowed,
    /// The patch changes what is read-only under a repair policy.
    NotEditable,
    /// The patch changes what is hidden from whoever asked for the move.
    HiddenChanged,
    /// The patch changes what takes a password.
    NeedsPassword,
    /// The patch changes what takes a second person.
    NeedsApproval,
    /// A repair policy asks for a ticket, and the reason names none.
    NoTicket,
    /// It has a parent, which refers to it by its present key.
    Child,
    /// It has children, which refer to it by its present key.
    Parent,
    /// A scheduler made it, and would make it again.
    Scheduled,
    /// A worker holds its lock.
    Locked,
    /// The target has a job with its id.
    Taken,
    /// The target has a job with its deduplication id.
    Deduplicated,
    /// Its data is not JSON, and the schema or the patch needs JSON.
    NotJson,
    /// Its data is JSON that a patch can't carry over exactly: duplicate keys, an unusual escape, too deep.
    Inexact,
    /// The patch does not fit its data.
    Unfitting,
    /// Its data would exceed the largest size of an edit.
    TooLarge,
    /// Its data changed while it was checked; another pass checks it again.
    Changed,
    /// It is not known whether the query wants it.
    Unread,
    /// Its state lists it, but the job does not exist or its key has another type.
    Strange,
}

impl SkipReason {
    /// Every reason, the most informative first.
    pub const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// The name that the store's scripts use.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The reason in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::BreaksSchema => "breaks the target’s schema",
            Self::FaultySchema => "the target’s schema is itself faulty",
            Self::NoSchema => "the target has no schema, and changing data needs one here",
            Self::FaultyPolicy => "its policy is itself faulty, so that no data is changed",
            Self::StateNotAllowed => "its policy allows no change in this state",
            Self::NotEditable => "the patch changes what is read-only under its policy",
            Self::HiddenChanged => "the patch changes what is hidden from whoever moves it",
            Self::NeedsPassword => "the patch changes a sensitive field, which takes a password",
            Self::NeedsApproval => {
                "the patch changes a critical field, which takes a second person"
            }
            Self::NoTicket => "its policy asks for a ticket in the reason",
            Self::Child => "a child in a flow",
            Self::Parent => "a parent in a flow",
            Self::Scheduled => "a run of a scheduler, which would make it again",
            Self::Locked => "held by a worker",
            Self::Taken => "its id is taken in the target",
            Self::Deduplicated => "its deduplication id is taken in the target",
            Self::NotJson => "its data is not JSON",
            Self::Inexact => "its data can’t be carried through a patch exactly",
            Self::Unfitting => "the patch does not fit its data",
            Self::TooLarge => "its data would be too large",
            Self::Changed => "its data has changed",
            Self::Unread => {
                "the query could not be checked: what it asks about is not JSON, or is too large"
            }
            Self::Strange => "its data is gone",
        }
    }
}

/// The error for a text that names no reason.
fn no_skip_reason(text: &str) -> String {
    format!("nothing that keeps a job is called {text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_a_job_is_found_by_its_name() {
        for &hindrance in SkipReason::ALL {
            assert_eq!(hindrance.name().parse(), Ok(hindrance));
        }
    }

    #[test]
    fn a_move_is_kept_as_flat_json() {
        let kept = r#"{"states":["waiting","failed"],"name":"send","id":"order-*","patch":""}"#;
        let spec: MoveSpec = serde_json::from_str(kept).unwrap();
        assert_eq!(
            spec.filter.kept_states(),
            [JobState::Paused, JobState::Waiting, JobState::Failed]
        );
        assert_eq!(spec.filter.name, "send");
        assert_eq!(serde_json::to_string(&spec).unwrap(), kept);
    }
}
