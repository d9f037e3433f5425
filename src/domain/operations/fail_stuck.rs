//! Fail: an active job that no worker holds any more fails for good.

use super::parameters::{ParameterKind, ParameterSpec};
use super::{Harm, OnJob, OperationSpec};
use crate::domain::access::role::Role;
use crate::domain::job::JobState;

pub(super) const SPEC: OperationSpec = OperationSpec {
    id: "job.fail",
    path: "/job/fail",
    role: Role::Operator,
    words: "fail a stuck job",
    label: "Fail",
    icon: "failed",
    harm: Harm::Confirm(
        "The job is active, and no worker holds its lock. It fails for good: attempts that are left are not made, though it can be retried by hand. A worker that still runs it is refused when it ends, but what it has done stays done. A parent goes on or fails as the job’s options say. Where they say that it is removed when it fails, it is removed, and the audit log keeps its data.",
    ),
    parameters: &[ParameterSpec {
        name: "failed_reason",
        label: "Failure reason",
        help: "Stored with the job as the error that it failed with. A worker of BullMQ 4 that still runs the job overwrites it when it is refused.",
        kind: ParameterKind::Text { longest: 500 },
        default: "",
    }],
    done: "Job failed.",
    on: OnJob {
        states: &[JobState::Active],
        removes: false,
    },
};
