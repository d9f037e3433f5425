//! Which of the jobs that a walk meets a filter means, and what has to be read of them to know.

use crate::domain::job::field::JobField;
use crate::domain::job::filter::JobFilter;
use crate::store::bullmq::jobs::walk::{WalkFields, WalkedJob};

/// The longest reason of a failure that a filter looks at, in bytes.
const LONGEST_ERROR: u64 = 64 * 1024;

/// What a filter has to know of each job.
pub(crate) fn fields_of(filter: &JobFilter) -> WalkFields {
    let mut fields = WalkFields::default();
    if !filter.name.is_empty() {
        fields = WalkFields::name();
    }
    match filter.error.is_empty() {
        true => fields,
        false => fields.with(JobField::FailedReason, LONGEST_ERROR),
    }
}

/// Whether a filter means a job of its states.
pub(crate) fn wants(filter: &JobFilter, job: &WalkedJob) -> bool {
    filter.wants(
        job.id.as_str(),
        &job.name(),
        &job.text(JobField::FailedReason),
    )
}
