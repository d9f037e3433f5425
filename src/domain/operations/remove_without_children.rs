//! Remove without children: deletes a job that waits for its children, which stay and run.

use super::{Harm, OnJob, OperationSpec};
use crate::domain::access::role::Role;
use crate::domain::job::JobState;

pub(super) const SPEC: OperationSpec = OperationSpec {
    id: "job.remove-without-children",
    path: "/job/remove-without-children",
    role: Role::Operator,
    words: "remove a waiting parent without its children",
    label: "Remove without children",
    icon: "remove",
    harm: Harm::Confirm(
        "The job never runs. It and its logs are deleted from Redis, and the audit log keeps its data. Its children stay: they still run and end, each names a parent that is gone, and nothing is done with their results.",
    ),
    parameters: &[],
    done: "Job removed. Its children stay. The audit log has its data.",
    on: OnJob {
        states: &[JobState::WaitingChildren],
        removes: true,
    },
};
