//! Clean: deletes the jobs of a state that are older than some age, up to a number of them.

use super::drain::FLOWS;
use super::{Offered, OnQueue, QueueOperationSpec};
use crate::domain::access::role::Role;
use crate::domain::operations::Harm;
use crate::domain::operations::parameters::{Choice, ParameterKind, ParameterSpec};

/// A hundred years, in milliseconds.
const LONGEST: u64 = 100 * 365 * 24 * 60 * 60 * 1000;

/// No queue has more jobs than this.
const MOST: u64 = 1_000_000_000;

const fn one(value: &'static str, label: &'static str) -> Choice {
    Choice { value, label }
}

pub(super) const SPEC: QueueOperationSpec = QueueOperationSpec {
    id: "queue.clean",
    path: "/queue/clean",
    role: Role::Admin,
    words: "clean a queue",
    label: "Clean",
    icon: "remove",
    harm: Harm::Confirm(
        "Jobs are deleted from Redis with their logs, and can't be restored: the audit log keeps how many, not their data. Active jobs and the next job of each scheduler stay.",
    ),
    parameters: &[
        ParameterSpec {
            name: "kind",
            label: "Jobs that are",
            help: "",
            kind: ParameterKind::Choice(&[
                one("completed", "completed"),
                one("failed", "failed"),
                one("delayed", "delayed"),
                one("waiting", "waiting, or held by a pause"),
                one("prioritized", "prioritized"),
            ]),
            default: "completed",
        },
        ParameterSpec {
            name: "age",
            label: "Older than",
            help: "Such as 7 days. 0 is any age. Finished jobs count from their end, others from when they were added.",
            kind: ParameterKind::HowLong {
                least: 0,
                most: LONGEST,
            },
            default: "0",
        },
        ParameterSpec {
            name: "limit",
            label: "At most",
            help: "So many jobs, the oldest first. 0 means no limit.",
            kind: ParameterKind::Number {
                least: 0,
                most: MOST,
            },
            default: "0",
        },
        FLOWS,
    ],
    done: "",
    on: OnQueue {
        offered: Offered::Always,
        unchanged: "There are no such jobs.",
        not_in_4: "",
        is_run: true,
    },
};
