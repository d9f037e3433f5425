//! Reschedule: a delayed job waits until another time.

use super::parameters::{ParameterKind, ParameterSpec};
use super::{Harm, OnJob, OperationSpec};
use crate::domain::access::role::Role;
use crate::domain::job::JobState;

pub(super) const SPEC: OperationSpec = OperationSpec {
    id: "job.reschedule",
    path: "/job/reschedule",
    role: Role::Operator,
    words: "reschedule a job",
    label: "Reschedule",
    icon: "schedule",
    harm: Harm::None,
    parameters: &[ParameterSpec {
        name: "until",
        label: "Delay until",
        help: "How long from now, such as in 2 h, or a time in UTC, such as 2030-01-31 14:00.",
        kind: ParameterKind::Moment,
        default: "",
    }],
    done: "Job rescheduled.",
    on: OnJob {
        states: &[JobState::Delayed],
        removes: false,
    },
};
