//! Promote: puts a delayed job in line now, whatever its delay was.

use super::{Harm, OnJob, OperationSpec};
use crate::domain::access::role::Role;
use crate::domain::job::JobState;

pub(super) const SPEC: OperationSpec = OperationSpec {
    id: "job.promote",
    path: "/job/promote",
    role: Role::Operator,
    words: "promote a job",
    label: "Promote",
    icon: "promote",
    harm: Harm::None,
    parameters: &[],
    done: "Job promoted: it no longer waits for its delay.",
    on: OnJob {
        states: &[JobState::Delayed],
        removes: false,
    },
};
