//! The fields of the form that sets a scheduler up.

use crate::domain::job::new_job::fields::{
    self as job_fields, BACKOFF, BACKOFF_DELAY, ON_COMPLETE, ON_FAIL, text,
};
use crate::domain::operations::parameters::{Choice, ParameterKind, ParameterSpec};

/// The field of its id; it is beside the others.
pub const ID: &str = "scheduler_id";
/// The field that says whether it runs by a pattern or an interval.
pub const REPEAT: &str = "repeat";
/// The field of its pattern.
pub const PATTERN: &str = "pattern";
/// The field of its time zone.
pub const ZONE: &str = "zone";
/// The field of its interval.
pub const EVERY: &str = "every";
/// The field of its start.
pub const START: &str = "start";
/// The field of its end.
pub const END: &str = "end";
/// The field of its limit.
pub const LIMIT: &str = "limit";
/// The field that says whether it runs at once.
pub const IMMEDIATELY: &str = "immediately";

/// The fields of a new job that a scheduler's jobs have too.
pub const TEMPLATE: [&str; 7] = [
    "priority",
    "lifo",
    "attempts",
    BACKOFF,
    BACKOFF_DELAY,
    ON_COMPLETE,
    ON_FAIL,
];

/// The choice of a pattern.
pub const BY_PATTERN: &str = "pattern";
/// The choice of an interval.
pub const BY_INTERVAL: &str = "every";

/// The fields that say when it runs.
pub const TIMING: &[ParameterSpec] = &[
    ParameterSpec {
        name: REPEAT,
        label: "Runs",
        help: "",
        kind: ParameterKind::Choice(&[
            Choice {
                value: BY_PATTERN,
                label: "by a cron pattern",
            },
            Choice {
                value: BY_INTERVAL,
                label: "at an interval",
            },
        ]),
        default: BY_PATTERN,
    },
    text(
        PATTERN,
        "Pattern",
        "Minute, hour, day, month and weekday, such as 15 3 * * *; a sixth field in front is the second. Leave empty for an interval.",
    ),
    text(
        ZONE,
        "Time zone",
        "For the pattern, such as Europe/Berlin. Leave empty to use each worker's own.",
    ),
    text(
        EVERY,
        "Interval",
        "A duration, such as 15 min. Leave empty for a pattern.",
    ),
    text(
        START,
        "Starts",
        "A time in UTC, such as 2030-01-31 14:00. Leave empty to start at once.",
    ),
    text(
        END,
        "Ends",
        "A time in UTC, after which no jobs are made. Leave empty for no end.",
    ),
    text(
        LIMIT,
        "Limit",
        "How many jobs it makes from now on. Leave empty for no limit.",
    ),
    ParameterSpec {
        name: IMMEDIATELY,
        label: "First run at once",
        help: "For a pattern without a start. A new interval runs at once anyway.",
        kind: ParameterKind::Flag,
        default: "",
    },
];

/// The fields of its jobs' options.
pub fn of_template() -> impl Iterator<Item = &'static ParameterSpec> {
    job_fields::all().filter(|spec| TEMPLATE.contains(&spec.name))
}
