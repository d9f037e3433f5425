//! Change priority: a job that waits moves in line. Not one of which BullMQ would change nothing but what its hash says.

use super::parameters::{ParameterKind, ParameterSpec};
use super::{Harm, OnJob, OperationSpec};
use crate::domain::access::role::Role;
use crate::domain::job::JobState;

/// The largest that BullMQ 5 and 6 take.
const LOWEST_PRIORITY: u64 = 2_097_151;

pub(super) const SPEC: OperationSpec = OperationSpec {
    id: "job.change-priority",
    path: "/job/change-priority",
    role: Role::Operator,
    words: "change a job's priority",
    label: "Change priority",
    icon: "prioritized",
    harm: Harm::None,
    parameters: &[
        ParameterSpec {
            name: "priority",
            label: "Priority",
            help: "From 0 to 2097151. 0 is none: such jobs run first. After them 1 is the most urgent.",
            kind: ParameterKind::Number {
                least: 0,
                most: LOWEST_PRIORITY,
            },
            default: "",
        },
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
