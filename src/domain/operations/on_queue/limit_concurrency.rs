//! Limit concurrency: at most so many jobs of the queue are active at once, over all its workers.

use super::{Offered, OnQueue, QueueOperationSpec};
use crate::domain::access::role::Role;
use crate::domain::operations::Harm;
use crate::domain::operations::parameters::{ParameterKind, ParameterSpec};

/// More jobs than this are never active at once.
const MOST: u64 = 1_000_000;

pub(super) const SPEC: QueueOperationSpec = QueueOperationSpec {
    id: "queue.limit-concurrency",
    path: "/queue/limit-concurrency",
    role: Role::Admin,
    words: "limit a queue's concurrency",
    label: "Limit concurrency",
    icon: "workers",
    harm: Harm::None,
    parameters: &[ParameterSpec {
        name: "concurrency",
        label: "Active jobs at once",
        help: "Over all workers of the queue. 0 removes the limit.",
        kind: ParameterKind::Number {
            least: 0,
            most: MOST,
        },
        default: "",
    }],
    done: "Concurrency limit changed.",
    on: OnQueue {
        offered: Offered::Always,
        unchanged: "The queue has this limit already.",
        not_in_4: "BullMQ 4 has no limits for a whole queue.",
        is_run: false,
    },
};
