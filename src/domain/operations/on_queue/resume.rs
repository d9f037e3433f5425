//! Resume: workers take jobs again. Those that waited before the pause and those that were added since all wait in one line.

use super::{Offered, OnQueue, QueueOperationSpec};
use crate::domain::access::role::Role;
use crate::domain::operations::Harm;

pub(super) const SPEC: QueueOperationSpec = QueueOperationSpec {
    id: "queue.resume",
    path: "/queue/resume",
    role: Role::Admin,
    words: "resume a queue",
    label: "Resume",
    icon: "forward",
    harm: Harm::None,
    parameters: &[],
    done: "Queue resumed: workers take its jobs.",
    on: OnQueue {
        offered: Offered::Paused,
        unchanged: "The queue is not paused.",
        not_in_4: "",
        is_run: false,
    },
};
