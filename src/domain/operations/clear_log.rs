//! Clear log: deletes the lines that a job's code wrote to its log, in whatever state the job is.

use super::parameters::{ParameterKind, ParameterSpec};
use super::{Harm, OnJob, OperationSpec};
use crate::domain::access::role::Role;
use crate::domain::job::JobState;

pub(super) const SPEC: OperationSpec = OperationSpec {
    id: "job.clear-log",
    path: "/job/clear-log",
    role: Role::Operator,
    words: "clear a job's log",
    label: "Clear log",
    icon: "remove",
    harm: Harm::Confirm(
        "The lines of the job's log are deleted from Redis. The audit log does not keep them.",
    ),
    parameters: &[ParameterSpec {
        name: "keep",
        label: "Newest lines to keep",
        help: "0 deletes the whole log.",
        kind: ParameterKind::Number {
            least: 0,
            most: 1_000_000,
        },
        default: "0",
    }],
    done: "Log cleared.",
    on: OnJob {
        states: &JobState::KEPT,
        removes: false,
    },
};
