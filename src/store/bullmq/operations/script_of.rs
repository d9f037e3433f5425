//! The scripts of the operations on one job, each of the parts that it follows.

use std::sync::LazyLock;

use redis::Script;

use crate::domain::operations::Operation;

/// The code of an operation's script: the common parts, then its own file.
macro_rules! script {
    ($($file:literal),+) => {
        LazyLock::new(|| {
            Script::new(concat!(
                include_str!("../../records/runs/step.lua"),
                include_str!("scripts/parts/enqueue.lua"),
                include_str!("scripts/parts/all_or_nothing.lua"),
                include_str!("scripts/parts/operation.lua"),
                $(include_str!(concat!("scripts/", $file))),+
            ))
        })
    };
}

static RETRY: LazyLock<Script> = script!("parts/release.lua", "retry.lua");
static PROMOTE: LazyLock<Script> = script!("promote.lua");
static RESCHEDULE: LazyLock<Script> = script!("reschedule.lua");
static CHANGE_PRIORITY: LazyLock<Script> = script!("change_priority.lua");
static CLEAR_LOG: LazyLock<Script> = script!("clear_log.lua");
static REMOVE_WITH_CHILDREN: LazyLock<Script> = script!(
    "parts/release.lua",
    "parts/ownership.lua",
    "parts/removal.lua",
    "remove_with_children.lua"
);
static REMOVE: LazyLock<Script> = script!(
    "parts/release.lua",
    "parts/ownership.lua",
    "parts/removal.lua",
    "parts/remove_one.lua",
    "remove.lua"
);
static REMOVE_WITHOUT_CHILDREN: LazyLock<Script> = script!(
    "parts/release.lua",
    "parts/ownership.lua",
    "parts/removal.lua",
    "parts/remove_one.lua",
    "remove_without_children.lua"
);
static FAIL_STUCK: LazyLock<Script> = script!(
    "parts/release.lua",
    "parts/ownership.lua",
    "parts/removal.lua",
    "parts/tell_parent.lua",
    "parts/end_stuck.lua",
    "fail_stuck.lua"
);
static COMPLETE_STUCK: LazyLock<Script> = script!(
    "parts/release.lua",
    "parts/ownership.lua",
    "parts/removal.lua",
    "parts/tell_parent.lua",
    "parts/end_stuck.lua",
    "complete_stuck.lua"
);

/// The script that repairs a job's data.
pub(super) static REPAIR: LazyLock<Script> = script!("parts/repair_data.lua", "repair.lua");

/// The script that repairs a job's data and retries the job.
pub(super) static REPAIR_AND_RETRY: LazyLock<Script> =
    script!("parts/release.lua", "parts/repair_data.lua", "retry.lua");

/// The script of an operation.
pub(super) fn script_of(operation: Operation) -> &'static Script {
    match operation {
        Operation::Retry => &RETRY,
        Operation::Promote => &PROMOTE,
        Operation::Reschedule => &RESCHEDULE,
        Operation::ChangePriority => &CHANGE_PRIORITY,
        Operation::Remove => &REMOVE,
        Operation::ClearLog => &CLEAR_LOG,
        Operation::RemoveWithChildren => &REMOVE_WITH_CHILDREN,
        Operation::RemoveWithoutChildren => &REMOVE_WITHOUT_CHILDREN,
        Operation::FailStuck => &FAIL_STUCK,
        Operation::CompleteStuck => &COMPLETE_STUCK,
    }
}
