//! Retry: puts a failed job back in line. The number of attempts made stays.

use super::{Harm, OperationSpec};
use crate::domain::access::role::Role;
use crate::domain::job::JobState;

pub(super) const SPEC: OperationSpec = OperationSpec {
    id: "job.retry",
    path: "/job/retry",
    states: &[JobState::Failed],
    role: Role::Operator,
    words: "retry a job",
    label: "Retry",
    icon: "retry",
    harm: Harm::None,
    done: "Job queued for retry.",
    removes: false,
};
