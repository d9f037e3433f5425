//! Remove with children: deletes a job and all jobs below it in its flow, pending and finished. None of them may be active.

use super::{Harm, OnJob, OperationSpec};
use crate::domain::access::role::Role;
use crate::domain::job::JobState;

pub(super) const SPEC: OperationSpec = OperationSpec {
    id: "job.remove-with-children",
    path: "/job/remove-with-children",
    role: Role::Operator,
    words: "remove a job with its children",
    label: "Remove with children",
    icon: "remove",
    harm: Harm::Confirm(
        "The job and all jobs below it are deleted from Redis with their logs. The audit log keeps the data of each.",
    ),
    parameters: &[],
    done: "Job removed with its children. The audit log has their data.",
    on: OnJob {
        states: &[
            JobState::Waiting,
            JobState::Delayed,
            JobState::Prioritized,
            JobState::Paused,
            JobState::WaitingChildren,
            JobState::Completed,
            JobState::Failed,
        ],
        removes: true,
    },
};
