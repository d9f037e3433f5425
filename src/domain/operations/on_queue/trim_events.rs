//! Trim events: the queue's stream of events keeps only the newest.

use super::{Offered, OnQueue, QueueOperationSpec};
use crate::domain::access::role::Role;
use crate::domain::operations::Harm;
use crate::domain::operations::parameters::{ParameterKind, ParameterSpec};

/// No stream has more events than this.
const MOST: u64 = 1_000_000_000;

pub(super) const SPEC: QueueOperationSpec = QueueOperationSpec {
    id: "queue.trim-events",
    path: "/queue/trim-events",
    role: Role::Admin,
    words: "trim a queue's events",
    label: "Trim events",
    icon: "history",
    harm: Harm::Confirm(
        "The oldest events of the queue are deleted from Redis. Jobs are not changed. A program that reads the events later does not get the deleted ones.",
    ),
    parameters: &[ParameterSpec {
        name: "keep",
        label: "Events to keep",
        help: "The newest ones. 0 deletes all.",
        kind: ParameterKind::Number {
            least: 0,
            most: MOST,
        },
        default: "",
    }],
    done: "Events trimmed.",
    on: OnQueue {
        offered: Offered::Always,
        unchanged: "The queue has no more events than that.",
        not_in_4: "",
        is_run: false,
    },
};
