//! Moving jobs from one version of a queue to another: which, and what keeps one where it is.

use strum::{EnumString, IntoStaticStr, VariantArray};

use serde::{Deserialize, Serialize};

use crate::domain::access::glob::glob;
use crate::domain::job::JobState;

/// Which jobs are to move, and how their data is reshaped on the way. Kept as JSON in a run's record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MoveSpec {
    /// The names of [`MOVABLE`] states.
    pub states: Vec<String>,
    /// Only jobs with this name; empty for all.
    pub name: String,
    /// Only jobs whose id fits this pattern with `*`; empty for all.
    pub id: String,
    /// The RFC 6902 patch, as it was typed; empty for none.
    pub patch: String,
}

/// The states whose jobs can move, in the order they do. Waiting means paused as well.
pub(crate) const MOVABLE: [JobState; 4] = [
    JobState::Waiting,
    JobState::Prioritized,
    JobState::Delayed,
    JobState::Failed,
];

impl MoveSpec {
    /// The states, each as a queue keeps it: waiting jobs of a paused queue may lie apart.
    pub fn kept_states(&self) -> Vec<JobState> {
        let chosen = MOVABLE
            .into_iter()
            .filter(|state| self.states.iter().any(|name| name == state.name()));
        chosen
            .flat_map(|state| match state {
                JobState::Waiting => vec![JobState::Paused, JobState::Waiting],
                other => vec![other],
            })
            .collect()
    }

    /// Whether a job of this id and name is meant.
    pub fn wants(&self, id: &str, name: &str) -> bool {
        (self.name.is_empty() || self.name == name) && (self.id.is_empty() || glob(&self.id, id))
    }

    /// In our words: `waiting, delayed jobs named "send"`.
    pub fn words(&self) -> String {
        let mut words = format!("{} jobs", self.states.join(", "));
        if !self.name.is_empty() {
            words += &format!(" named {:?}", self.name);
        }
        if !self.id.is_empty() {
            words += &format!(" with an id like {:?}", self.id);
        }
        if !self.patch.trim().is_empty() {
            words += ", reshaped by a patch";
        }
        words
    }
}

/// What keeps a job where it is.
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
    /// Its data, as it would arrive, breaks the schema of the target.
    BreaksSchema,
    /// The target's schema is itself faulty.
    FaultySchema,
    /// A patch is an edit, and edits need a schema here.
    NoSchema,
    /// It has a parent, which waits for it by its present key.
    Child,
    /// It has children, which name it by its present key.
    Parent,
    /// A scheduler made it, and would make it again.
    Scheduled,
    /// A worker holds its lock.
    Locked,
    /// The target has a job of its id.
    Taken,
    /// The target has a job of its deduplication id.
    Deduplicated,
    /// Its data is no JSON, and a schema or a patch needs some.
    NotJson,
    /// Its data is JSON that a patch can't carry exactly: doubled keys, an odd escape, too deep.
    Inexact,
    /// The patch does not fit its data.
    Unfitting,
    /// Its data would be larger than an edit may make it.
    TooLarge,
    /// Its data was changed while it was looked at; another pass looks again.
    Changed,
    /// Its state lists it, but there is no such job, or its key holds something else.
    Strange,
}

impl SkipReason {
    /// Every one, the most telling first.
    pub const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// Its name between the store's scripts and here.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Why such a job stays.
    pub fn words(self) -> &'static str {
        match self {
            Self::BreaksSchema => "breaks the target’s schema",
            Self::FaultySchema => "the target’s schema is itself faulty",
            Self::NoSchema => "the target has no schema, and changing data needs one here",
            Self::Child => "is a child in a flow",
            Self::Parent => "is a parent in a flow",
            Self::Scheduled => "is a run of a scheduler, which would make it again",
            Self::Locked => "is held by a worker",
            Self::Taken => "its id is taken in the target",
            Self::Deduplicated => "its deduplication id is taken in the target",
            Self::NotJson => "its data is no JSON",
            Self::Inexact => "its data can’t be carried through a patch exactly",
            Self::Unfitting => "the patch does not fit its data",
            Self::TooLarge => "its data would be too large",
            Self::Changed => "its data changed meanwhile",
            Self::Strange => "there is nothing but its id",
        }
    }
}

/// What is said of a text that names no reason.
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
    fn a_filter_goes_by_name_and_by_a_pattern_of_the_id() {
        let spec = MoveSpec {
            states: vec!["waiting".into(), "failed".into()],
            name: "send".into(),
            id: "order-*".into(),
            patch: String::new(),
        };
        assert!(spec.wants("order-1", "send"));
        assert!(!spec.wants("order-1", "sent"));
        assert!(!spec.wants("1", "send"));
        assert_eq!(
            spec.kept_states(),
            [JobState::Paused, JobState::Waiting, JobState::Failed]
        );
    }
}
