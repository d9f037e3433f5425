//! Drain: deletes all jobs that wait.

use super::{Offered, OnQueue, QueueOperationSpec};
use crate::domain::access::role::Role;
use crate::domain::operations::Harm;
use crate::domain::operations::parameters::{Choice, ParameterKind, ParameterSpec};

/// What becomes of jobs that are part of a flow.
pub(super) const FLOWS: ParameterSpec = ParameterSpec {
    name: "flows",
    label: "Jobs of flows",
    help: "A deleted parent leaves children that point at nothing. A parent goes in line once its last child is deleted.",
    kind: ParameterKind::Choice(&[
        Choice {
            value: "keep",
            label: "kept",
        },
        Choice {
            value: "delete",
            label: "deleted too",
        },
    ]),
    default: "keep",
};

pub(super) const SPEC: QueueOperationSpec = QueueOperationSpec {
    id: "queue.drain",
    path: "/queue/drain",
    role: Role::Admin,
    words: "drain a queue",
    label: "Drain",
    icon: "drained",
    harm: Harm::Confirm(
        "All jobs that wait are deleted from Redis, and can't be restored: the audit log keeps how many, not their data. Active jobs, finished jobs and the next job of each scheduler stay.",
    ),
    parameters: &[
        ParameterSpec {
            name: "delayed",
            label: "Delete delayed jobs too",
            help: "",
            kind: ParameterKind::Flag,
            default: "",
        },
        FLOWS,
    ],
    done: "",
    on: OnQueue {
        offered: Offered::Always,
        unchanged: "No job waits in the queue.",
        not_in_4: "",
        is_run: true,
    },
};
