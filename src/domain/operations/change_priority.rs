//! Change priority: a job that waits moves in line. Not one of which BullMQ would change nothing but what its hash says.

use super::parameters::{ParameterKind, ParameterSpec};
use super::{Harm, OnJob, OperationSpec};
use crate::domain::access::role::Role;
use crate::domain::job::JobState;
use crate::domain::job::new_job::fields::priority;

pub(super) const SPEC: OperationSpec = OperationSpec {
    id: "job.change-priority",
    path: "/job/change-priority",
    role: Role::Operator,
    words: "change a job's priority",
    label: "Change priority",
    icon: "prioritized",
    harm: Harm::None,
    parameters: &[
        priority(""),
        ParameterSpec {
            name: "lifo",
            label: "Before jobs of the same priority",
            help: "",
            kind: ParameterKind::Flag,
            default: "",
        },
    ],
    done: "Priority changed.",
    on: OnJob {
        states: &[JobState::Waiting, JobState::Prioritized, JobState::Paused],
        removes: false,
    },
};
