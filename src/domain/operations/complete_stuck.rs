//! Complete: an active job that no worker holds any more completes, with a return value.

use super::parameters::{ParameterKind, ParameterSpec};
use super::{Harm, OnJob, OperationSpec};
use crate::domain::access::role::Role;
use crate::domain::job::JobState;

pub(super) const SPEC: OperationSpec = OperationSpec {
    id: "job.complete",
    path: "/job/complete",
    role: Role::Operator,
    words: "complete a stuck job",
    label: "Complete",
    icon: "completed",
    harm: Harm::Confirm(
        "The job is active, and no worker holds its lock. It counts as done, whether its work was done or not. A worker that still runs it is refused when it ends, but what it has done stays done. A parent that waited for it alone goes on. Where the job’s options say that it is removed when it completes, it is removed, and the audit log keeps its data.",
    ),
    parameters: &[ParameterSpec {
        name: "return_value",
        label: "Return value",
        help: "JSON, as the job’s code would return it. Its parent reads it.",
        kind: ParameterKind::Json { longest: 2_000 },
        default: "null",
    }],
    done: "Job completed.",
    on: OnJob {
        states: &[JobState::Active],
        removes: false,
    },
};
