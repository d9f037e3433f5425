//! Obliterate: deletes the queue with all its jobs.

use super::{Offered, OnQueue, QueueOperationSpec};
use crate::domain::access::role::Role;
use crate::domain::operations::Harm;
use crate::domain::operations::parameters::{ParameterKind, ParameterSpec};

pub(super) const SPEC: QueueOperationSpec = QueueOperationSpec {
    id: "queue.obliterate",
    path: "/queue/obliterate",
    role: Role::Admin,
    words: "obliterate a queue",
    label: "Obliterate",
    icon: "denied",
    harm: Harm::TypeName(
        "The queue is deleted from Redis with all its jobs, schedulers, events, metrics and settings, and can't be restored: the audit log keeps how many, not their data. Only the BullMQ version stays, so that a program that adds jobs later goes on as before.",
    ),
    parameters: &[ParameterSpec {
        name: "force",
        label: "Delete active jobs too",
        help: "Workers that hold them fail when they finish. Without this, a queue with active jobs is left as it is.",
        kind: ParameterKind::Flag,
        default: "",
    }],
    done: "",
    on: OnQueue {
        offered: Offered::Paused,
        unchanged: "There is no such queue.",
        not_in_4: "",
        is_run: true,
    },
};
