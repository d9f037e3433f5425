//! Promote: puts a delayed job in line now, whatever its delay was.

use super::{Harm, OperationSpec};
use crate::domain::access::role::Role;
use crate::domain::job::JobState;

pub(super) const SPEC: OperationSpec = OperationSpec {
    id: "job.promote",
    path: "/job/promote",
    states: &[JobState::Delayed],
    role: Role::Operator,
    words: "promote a job",
    label: "Promote",
    icon: "promote",
    harm: Harm::None,
    parameters: &[],
    done: "Job promoted: it no longer waits for its delay.",
    removes: false,
};
