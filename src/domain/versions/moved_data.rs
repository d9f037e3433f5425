//! Whether a job's data may go to another version, and as what: from its bytes, the patch and the target's rules alone.

use super::move_jobs::SkipReason;
use crate::domain::edit::data_policy::{Change, DataPolicy, DataRefusal};
use crate::domain::edit::patch::apply::{ApplyError, DataPatch};
use crate::domain::edit::policy_refusal::{PolicyRefusal, RefusalKind};
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::JobState;
use crate::domain::json::Document;

/// What becomes of a job's data.
#[derive(Debug, PartialEq)]
pub(crate) enum DataVerdict {
    /// It may go, with this data where it changes.
    Goes(Option<String>),
    /// It stays, with what is wrong where a schema or the patch says so.
    Stays(SkipReason, Vec<TextProblem>),
}

fn stays(why: SkipReason) -> DataVerdict {
    DataVerdict::Stays(why, Vec::new())
}

/// What keeps a job under a repair policy.
fn kept_by(refusal: &PolicyRefusal) -> SkipReason {
    match refusal.kind {
        RefusalKind::Faulty(_) => SkipReason::FaultyPolicy,
        RefusalKind::StateNotAllowed { .. } => SkipReason::StateNotAllowed,
        RefusalKind::NotEditable { .. } => SkipReason::NotEditable,
        RefusalKind::HiddenChanged(_) => SkipReason::HiddenChanged,
        RefusalKind::NeedsPassword(_) => SkipReason::NeedsPassword,
        RefusalKind::NeedsApproval(_) => SkipReason::NeedsApproval,
    }
}

/// Judges a job's data by the policy of the queue it would go to, and a patch of it by the repair policies of both queues.
pub(crate) fn judge(
    (data, state): (&[u8], JobState),
    patch: Option<&DataPatch>,
    policy: &DataPolicy,
) -> DataVerdict {
    if patch.is_none() && !policy.concerns_unchanged() {
        return DataVerdict::Goes(None);
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return stays(SkipReason::NotJson);
    };
    let Ok(document) = Document::parse(text) else {
        return stays(SkipReason::NotJson);
    };
    let most = usize::try_from(policy.max_data_bytes).unwrap_or(usize::MAX);
    let after = match patch.map(|patch| patch.apply(text, most)) {
        None => None,
        Some(Ok(after)) => Some(after).filter(|after| *after != document.compact()),
        Some(Err(ApplyError::NotJson)) => return stays(SkipReason::NotJson),
        Some(Err(ApplyError::Inexact)) => return stays(SkipReason::Inexact),
        Some(Err(ApplyError::Unfitting(why))) => {
            let problem = TextProblem {
                line: 1,
                column: 1,
                message: why,
                ..TextProblem::default()
            };
            return DataVerdict::Stays(SkipReason::Unfitting, vec![problem]);
        }
    };
    let checked = match &after {
        Some(after) => policy.check_change(Change {
            before: Some(data),
            after,
            typed: after,
            state: Some(state),
        }),
        None => policy.check_unchanged(text),
    };
    match checked {
        Ok(_) => DataVerdict::Goes(after),
        Err(DataRefusal::TooLarge { .. }) => stays(SkipReason::TooLarge),
        Err(DataRefusal::Policy(refusal)) => {
            let why = kept_by(&refusal);
            DataVerdict::Stays(why, refusal.problems(after.as_deref().unwrap_or(text)))
        }
        Err(DataRefusal::SchemaFaulty(_)) => stays(SkipReason::FaultySchema),
        Err(DataRefusal::SchemaMissing) => stays(SkipReason::NoSchema),
        Err(DataRefusal::Invalid(problems)) => {
            DataVerdict::Stays(SkipReason::BreaksSchema, problems)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::edit::data_policy::Asker;
    use crate::domain::schema::in_force::InForce;

    fn judged(data: &[u8], patch: &str, require_schema: bool) -> DataVerdict {
        let reshape = DataPatch::parse(patch).unwrap();
        let policy = DataPolicy {
            schema: InForce::Nothing,
            require_schema,
            max_data_bytes: 20,
            repair: Vec::new(),
            asker: Asker::default(),
        };
        judge((data, JobState::Waiting), reshape.as_ref(), &policy)
    }

    #[test]
    fn data_that_nobody_asks_about_goes_whatever_it_is() {
        assert_eq!(judged(b"{oops", "", true), DataVerdict::Goes(None));
        assert_eq!(judged(b"\xff", "", false), DataVerdict::Goes(None));
    }

    #[test]
    fn a_patch_that_changes_nothing_leaves_the_bytes_as_they_are() {
        let patch = r#"[{"op":"test","path":"/a","value":1}]"#;
        assert_eq!(
            judged(br#"{ "a": 1 }"#, patch, true),
            DataVerdict::Goes(None)
        );
    }

    #[test]
    fn changed_data_has_to_be_small_enough_and_checked_where_edits_have_to() {
        let patch = r#"[{"op":"add","path":"/b","value":1}]"#;
        let goes = DataVerdict::Goes(Some(r#"{"a":1,"b":1}"#.to_owned()));
        assert_eq!(judged(br#"{"a":1}"#, patch, false), goes);
        assert_eq!(
            judged(br#"{"a":1}"#, patch, true),
            stays(SkipReason::NoSchema)
        );
        let large = br#"{"a":12345678901234567890}"#;
        assert_eq!(judged(large, patch, false), stays(SkipReason::TooLarge));
    }
}
