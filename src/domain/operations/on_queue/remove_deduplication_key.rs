//! Remove deduplication key: the next job with this deduplication id is taken, although an earlier one has it.

use super::{Offered, OnQueue, QueueOperationSpec};
use crate::domain::access::role::Role;
use crate::domain::operations::Harm;
use crate::domain::operations::parameters::{ParameterKind, ParameterSpec};

pub(super) const SPEC: QueueOperationSpec = QueueOperationSpec {
    id: "queue.remove-deduplication-key",
    path: "/queue/remove-deduplication-key",
    role: Role::Admin,
    words: "remove a deduplication key",
    label: "Remove deduplication key",
    icon: "key",
    harm: Harm::None,
    parameters: &[ParameterSpec {
        name: "deduplication_id",
        label: "Deduplication id",
        help: "As the job's options have it. The job itself stays.",
        kind: ParameterKind::Text { longest: 1000 },
        default: "",
    }],
    done: "Deduplication key removed: the next job with this id is added.",
    on: OnQueue {
        offered: Offered::Always,
        unchanged: "There is no such deduplication key.",
        not_in_4: "BullMQ 4 has no deduplication.",
        is_run: false,
    },
};
