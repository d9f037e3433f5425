//! The fields of the form that adds a job, in groups, each described once.

use crate::domain::operations::parameters::{Choice, ParameterKind, ParameterSpec};

/// The field of the job's name; it is beside those of the options.
pub const NAME: &str = "job_name";
/// The field of its own id.
pub const JOB_ID: &str = "job_id";
/// The field of its deduplication id.
pub const DEDUPLICATION: &str = "deduplication";
/// The field that says what becomes of its parent when it fails.
pub const ON_FAILURE: &str = "parent_on_failure";
/// The field of its parent's id.
pub const PARENT_ID: &str = "parent_id";
/// The field of its parent's queue.
pub const PARENT_QUEUE: &str = "parent_queue";
/// The field that names how its backoff grows.
pub const BACKOFF: &str = "backoff";
/// The field of its first wait after a failure.
pub const BACKOFF_DELAY: &str = "backoff_delay";
/// The field that says for how long its deduplication id counts.
pub const DEDUPLICATION_TTL: &str = "deduplication_ttl";
/// The field that says whether it stays once it has completed.
pub const ON_COMPLETE: &str = "remove_on_complete";
/// The field that says whether it stays once it has failed.
pub const ON_FAIL: &str = "remove_on_fail";

/// The longest id, deduplication id or name, in characters.
pub const LONGEST_TEXT: usize = 500;

/// Fields that belong together.
#[derive(Debug)]
pub struct FieldGroup {
    /// What the group is about.
    pub legend: &'static str,
    /// Its fields.
    pub fields: &'static [ParameterSpec],
}

/// A text that may be left empty.
pub(crate) const fn text(
    name: &'static str,
    label: &'static str,
    help: &'static str,
) -> ParameterSpec {
    ParameterSpec {
        name,
        label,
        help,
        kind: ParameterKind::Text {
            longest: LONGEST_TEXT,
        },
        default: "",
    }
}

/// The largest that BullMQ 5 and 6 take.
const LOWEST_PRIORITY: u64 = 2_097_151;

/// A job's priority, which is `default` where nothing was typed.
pub(crate) const fn priority(default: &'static str) -> ParameterSpec {
    ParameterSpec {
        name: "priority",
        label: "Priority",
        help: "From 0 to 2097151. 0 is none: such jobs run first. After them 1 is the most urgent.",
        kind: ParameterKind::Number {
            least: 0,
            most: LOWEST_PRIORITY,
        },
        default,
    }
}

/// All fields of the options. One of the kind text may be left empty.
pub const GROUPS: &[FieldGroup] = &[
    FieldGroup {
        legend: "When it runs",
        fields: &[
            ParameterSpec {
                name: "delay",
                label: "Delay until",
                help: "Now, how long from now, such as in 2 h, or a time in UTC, such as 2030-01-31 14:00.",
                kind: ParameterKind::Moment,
                default: "now",
            },
            priority("0"),
            ParameterSpec {
                name: "lifo",
                label: "Run before the jobs that wait (LIFO)",
                help: "Without a delay and a priority only.",
                kind: ParameterKind::Flag,
                default: "",
            },
        ],
    },
    FieldGroup {
        legend: "Attempts",
        fields: &[
            ParameterSpec {
                name: "attempts",
                label: "Attempts",
                help: "How often the job is tried in all. 0 and 1 both mean once.",
                kind: ParameterKind::Number {
                    least: 0,
                    most: 1_000_000,
                },
                default: "0",
            },
            ParameterSpec {
                name: BACKOFF,
                label: "Wait between attempts",
                help: "",
                kind: ParameterKind::Choice(&[
                    Choice {
                        value: "none",
                        label: "not at all",
                    },
                    Choice {
                        value: "fixed",
                        label: "always as long (fixed)",
                    },
                    Choice {
                        value: "exponential",
                        label: "twice as long each time (exponential)",
                    },
                ]),
                default: "none",
            },
            text(BACKOFF_DELAY, "First wait", "A duration, such as 5 s."),
        ],
    },
    FieldGroup {
        legend: "Identity",
        fields: &[
            text(
                JOB_ID,
                "Job id",
                "Empty: BullMQ counts one up. It can't be an integer.",
            ),
            text(
                DEDUPLICATION,
                "Deduplication id",
                "Other jobs of this id are ignored until this one has finished, or for the time below. BullMQ 5 and 6.",
            ),
            text(
                DEDUPLICATION_TTL,
                "Deduplicate for",
                "A duration, such as 1 h. Empty: until the job has finished.",
            ),
        ],
    },
    FieldGroup {
        legend: "Once it has finished",
        fields: &[
            text(ON_COMPLETE, "Remove when completed", KEEP_HELP),
            text(ON_FAIL, "Remove when failed", KEEP_HELP),
        ],
    },
    FieldGroup {
        legend: "Parent",
        fields: &[
            text(
                PARENT_ID,
                "Parent job id",
                "A job that waits for its children; it then waits for this one too.",
            ),
            text(
                PARENT_QUEUE,
                "Parent queue",
                "Under the same prefix. Empty: this queue.",
            ),
            ParameterSpec {
                name: ON_FAILURE,
                label: "When this job fails",
                help: "",
                kind: ParameterKind::Choice(&[
                    Choice {
                        value: "wait",
                        label: "the parent goes on waiting",
                    },
                    Choice {
                        value: "failParentOnFailure",
                        label: "the parent fails too",
                    },
                    Choice {
                        value: "removeDependencyOnFailure",
                        label: "the parent no longer waits for it",
                    },
                    Choice {
                        value: "ignoreDependencyOnFailure",
                        label: "the parent runs, and can see that it failed",
                    },
                    Choice {
                        value: "continueParentOnFailure",
                        label: "the parent runs at once",
                    },
                ]),
                default: "wait",
            },
        ],
    },
];

const KEEP_HELP: &str = "Empty: as its worker is set. Or yes, no, how many to keep (1000), for how long (24 h), or both (1000, 24 h).";

/// The fields of all groups.
pub fn all() -> impl Iterator<Item = &'static ParameterSpec> {
    GROUPS.iter().flat_map(|group| group.fields)
}
