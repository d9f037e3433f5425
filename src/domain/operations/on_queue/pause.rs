//! Pause: no worker takes a job from now on; those that workers hold are finished.

use super::{Offered, OnQueue, QueueOperationSpec};
use crate::domain::access::role::Role;
use crate::domain::operations::Harm;

pub(super) const SPEC: QueueOperationSpec = QueueOperationSpec {
    id: "queue.pause",
    path: "/queue/pause",
    role: Role::Admin,
    words: "pause a queue",
    label: "Pause",
    icon: "paused",
    harm: Harm::Confirm(
        "No worker takes a job from this queue until someone resumes it. Jobs that workers hold are finished, and new jobs can be added.",
    ),
    parameters: &[],
    done: "Queue paused.",
    on: OnQueue {
        offered: Offered::Unpaused,
        unchanged: "The queue is paused already.",
        not_in_4: "",
        is_run: false,
    },
};
