//! Limit rate: at most so many jobs of the queue begin within a time, over all its workers.

use super::{Offered, OnQueue, QueueOperationSpec};
use crate::domain::access::role::Role;
use crate::domain::operations::Harm;
use crate::domain::operations::parameters::{ParameterKind, ParameterSpec};

/// More jobs than this never begin within a time.
const MOST: u64 = 1_000_000_000;

const DAY: u64 = 24 * 60 * 60 * 1000;

pub(super) const SPEC: QueueOperationSpec = QueueOperationSpec {
    id: "queue.limit-rate",
    path: "/queue/limit-rate",
    role: Role::Admin,
    words: "limit a queue's rate",
    label: "Limit rate",
    icon: "clock",
    harm: Harm::None,
    parameters: &[
        ParameterSpec {
            name: "max",
            label: "Jobs",
            help: "So many begin within the time, over all workers of the queue. 0 removes the limit.",
            kind: ParameterKind::Number {
                least: 0,
                most: MOST,
            },
            default: "",
        },
        ParameterSpec {
            name: "duration",
            label: "Within",
            help: "Such as 1 s or 5 min.",
            kind: ParameterKind::HowLong {
                least: 1,
                most: DAY,
            },
            default: "1 s",
        },
    ],
    done: "Rate limit changed. A worker that waits for the earlier limit first waits to its end.",
    on: OnQueue {
        offered: Offered::Always,
        unchanged: "The queue has this limit already.",
        not_in_4: "BullMQ 4 has no limits for a whole queue.",
        is_run: false,
    },
};
