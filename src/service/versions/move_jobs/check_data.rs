//! Checks whether a job's data may go to another version, from its bytes, the patch and the target's schema alone.

use crate::domain::edit::patch::apply::{ApplyError, DataPatch};
use crate::domain::json::Document;
use crate::domain::versions::move_jobs::SkipReason;
use crate::service::Services;
use crate::service::blocking::run_blocking;
use crate::service::edit::assess::{TextProblem, violations};
use crate::service::error::ServiceError;
use crate::store::bullmq::move_jobs::candidates::Candidate;
use crate::store::schema_folder::InForce;

/// The rules that data is checked against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MoveDataRules<'a> {
    pub(crate) reshape: Option<&'a DataPatch>,
    pub(crate) schema: &'a InForce,
    /// Changed data needs a schema, as an edit does.
    pub(crate) require_schema: bool,
    /// The largest changed data, in bytes.
    pub(crate) max_data_bytes: u64,
}

/// The verdict on a job's data.
#[derive(Debug, PartialEq)]
pub(crate) enum DataVerdict {
    /// It may go; with the new data if it changes.
    Goes(Option<String>),
    /// It is skipped; with the problems that the schema or the patch found.
    Stays(SkipReason, Vec<TextProblem>),
}

fn stays(why: SkipReason) -> DataVerdict {
    DataVerdict::Stays(why, Vec::new())
}

/// Checks a job's data.
pub(crate) fn judge(data: &[u8], weights: MoveDataRules<'_>) -> DataVerdict {
    if weights.reshape.is_none() && matches!(weights.schema, InForce::Nothing) {
        return DataVerdict::Goes(None);
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return stays(SkipReason::NotJson);
    };
    let Ok(document) = Document::parse(text) else {
        return stays(SkipReason::NotJson);
    };
    let most = usize::try_from(weights.max_data_bytes).unwrap_or(usize::MAX);
    let after = match weights.reshape.map(|reshape| reshape.apply(text, most)) {
        None => None,
        Some(Ok(after)) => Some(after).filter(|after| *after != document.compact()),
        Some(Err(ApplyError::NotJson)) => return stays(SkipReason::NotJson),
        Some(Err(ApplyError::Inexact)) => return stays(SkipReason::Inexact),
        Some(Err(ApplyError::Unfitting(why))) => {
            let problem = TextProblem {
                line: 1,
                column: 1,
                pointer: None,
                message: why,
            };
            return DataVerdict::Stays(SkipReason::Unfitting, vec![problem]);
        }
    };
    if let Some(after) = &after
        && after.len() as u64 > weights.max_data_bytes
    {
        return stays(SkipReason::TooLarge);
    }
    match weights.schema {
        InForce::Faulty(_) => stays(SkipReason::FaultySchema),
        InForce::Nothing if weights.require_schema && after.is_some() => {
            stays(SkipReason::NoSchema)
        }
        InForce::Nothing => DataVerdict::Goes(after),
        InForce::Schema(schema) => {
            let problems = violations(after.as_deref().unwrap_or(text), schema);
            match problems.is_empty() {
                true => DataVerdict::Goes(after),
                false => DataVerdict::Stays(SkipReason::BreaksSchema, problems),
            }
        }
    }
}

impl Services {
    /// Checks a job's data, off the async threads if it is large.
    pub(crate) async fn judged(
        &self,
        job: Candidate,
        reshape: Option<&DataPatch>,
        schema: InForce,
    ) -> Result<(DataVerdict, Candidate), ServiceError> {
        let reshape = reshape.cloned();
        let (require_schema, max_data_bytes) =
            (self.rules.require_schema, self.rules.max_data_bytes);
        // A patch can make small data large.
        let size = match reshape {
            Some(_) => usize::MAX,
            None => job.data.len(),
        };
        run_blocking(size, move || {
            let weights = MoveDataRules {
                reshape: reshape.as_ref(),
                schema: &schema,
                require_schema,
                max_data_bytes,
            };
            (judge(&job.data, weights), job)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(data: &[u8], patch: &str, require_schema: bool) -> DataVerdict {
        let reshape = DataPatch::parse(patch).unwrap();
        judge(
            data,
            MoveDataRules {
                reshape: reshape.as_ref(),
                schema: &InForce::Nothing,
                require_schema,
                max_data_bytes: 20,
            },
        )
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
