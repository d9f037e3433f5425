//! Retry: a job that failed or completed waits again, with its attempts as they are or all of them anew.

use super::parameters::{Choice, ParameterKind, ParameterSpec};
use super::{Harm, OnJob, OperationSpec};
use crate::domain::access::role::Role;
use crate::domain::job::JobState;

pub(super) const SPEC: OperationSpec = OperationSpec {
    id: "job.retry",
    path: "/job/retry",
    role: Role::Operator,
    words: "retry a job",
    label: "Retry",
    icon: "retry",
    harm: Harm::None,
    parameters: &[ParameterSpec {
        name: "attempts",
        label: "Attempts",
        help: "A job that has made all its attempts gets one more when they are kept.",
        kind: ParameterKind::Choice(&[
            Choice {
                value: "keep",
                label: "kept as they are",
            },
            Choice {
                value: "reset",
                label: "reset to 0",
            },
        ]),
        default: "keep",
    }],
    done: "Job queued for retry.",
    on: OnJob {
        states: &[JobState::Failed, JobState::Completed],
        removes: false,
    },
};
