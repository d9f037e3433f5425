//! Finds finished jobs that accumulate because no option removes them.

use serde_json::Value;

use super::finished_jobs::Sampled;
use crate::domain::job::JobState;

/// The job option that removes a job once it is in `state`.
pub(crate) fn removing_option(state: JobState) -> &'static str {
    match state {
        JobState::Failed => "removeOnFail",
        _ => "removeOnComplete",
    }
}

/// Whether that option, as a job carries it, ever removes a finished job: `true`, a number of jobs to keep, or `{age,
/// count}`. With `false`, −1 or no option, every job is kept (`getKeepJobs` of BullMQ 4.18, 5.81 and 6.7).
pub(crate) fn removes(option: Option<&Value>) -> bool {
    let is_limit = |value: &Value| value.as_f64().is_some_and(|limit| limit >= 0.0);
    match option {
        Some(Value::Bool(removes)) => *removes,
        Some(Value::Object(keep)) => ["age", "count"]
            .into_iter()
            .any(|limit| keep.get(limit).is_some_and(is_limit)),
        Some(value) => is_limit(value),
        None => false,
    }
}

/// From this many finished jobs in a state, a hint is given. BullMQ's guide keeps a thousand in its example of
/// `removeOnComplete`, so fewer are probably kept on purpose.
pub(crate) const PILED_UP_JOBS: u64 = 1_000;

/// From this many bytes of finished jobs, a hint is given however few they are: a small Redis notices.
pub(crate) const PILED_UP_BYTES: u64 = 64_000_000;

/// Finished jobs that accumulate because no option removes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionHint {
    /// Completed or failed.
    pub state: JobState,
    /// How many there are.
    pub jobs: u64,
    /// About how many bytes they take; `None` if Redis did not say.
    pub bytes: Option<u64>,
    /// The jobs that were sampled.
    pub sampled: Sampled,
}

impl RetentionHint {
    /// A hint for `jobs` in `state` if they are many or large, and most of those sampled are never removed. The newest are
    /// sampled, so that a team that has set the option meanwhile gets no hint.
    pub fn of(state: JobState, jobs: u64, bytes: Option<u64>, sampled: Sampled) -> Option<Self> {
        let large = jobs >= PILED_UP_JOBS || bytes.is_some_and(|bytes| bytes >= PILED_UP_BYTES);
        let unset = sampled.jobs > 0 && sampled.never_removed * 2 > sampled.jobs;
        (large && unset).then_some(Self {
            state,
            jobs,
            bytes,
            sampled,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_removes_a_finished_job_is_read_as_bullmq_reads_it() {
        for (option, expected) in [
            (json!(true), true),
            (json!(false), false),
            (json!(0), true),
            (json!(1000), true),
            (json!(-1), false),
            (json!({"age": 3600}), true),
            (json!({"count": 0}), true),
            (json!({"count": -1}), false),
            (json!({}), false),
            (json!("1000"), false),
            (Value::Null, false),
        ] {
            assert_eq!(removes(Some(&option)), expected, "{option}");
        }
        assert!(!removes(None));
    }

    #[test]
    fn a_pile_is_many_or_large_and_has_no_option_on_most_of_it() {
        let sampled = |never_removed| Sampled {
            jobs: 10,
            never_removed,
        };
        for (jobs, bytes, never_removed, expected) in [
            (999, Some(1), 10, false),
            (1_000, Some(1), 10, true),
            (1_000, None, 10, true),
            (20, Some(PILED_UP_BYTES), 10, true),
            (20, None, 10, false),
            (1_000, None, 6, true),
            (1_000, None, 5, false),
            (1_000, None, 0, false),
        ] {
            let pile = RetentionHint::of(JobState::Failed, jobs, bytes, sampled(never_removed));
            assert_eq!(pile.is_some(), expected, "{jobs} {bytes:?} {never_removed}");
        }
        let nothing_looked_at = Sampled::default();
        assert!(RetentionHint::of(JobState::Failed, 5_000, None, nothing_looked_at).is_none());
    }
}
