//! Remove: deletes a job with its logs. Not for an active job, nor for one that waits for its children.

use super::{Harm, OnJob, OperationSpec};
use crate::domain::access::role::Role;
use crate::domain::job::JobState;

pub(super) const SPEC: OperationSpec = OperationSpec {
    id: "job.remove",
    path: "/job/remove",
    role: Role::Operator,
    words: "remove a job",
    label: "Remove",
    icon: "remove",
    harm: Harm::Confirm(
        "The job and its logs are deleted from Redis. The audit log keeps its data. If it is the last child that its parent waits for, the parent runs next.",
    ),
    parameters: &[],
    done: "Job removed. The audit log has its data.",
    on: OnJob {
        states: &[
            JobState::Waiting,
            JobState::Delayed,
            JobState::Prioritized,
            JobState::Paused,
            JobState::Completed,
            JobState::Failed,
        ],
        removes: true,
    },
};
