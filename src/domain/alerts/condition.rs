//! What a rule watches: the condition, its threshold, and how a value of it reads.
//!
//! Every value is a whole number in the condition's own unit: jobs, milliseconds, or tenths of a percent. It is breached above its
//! threshold.

use std::fmt;
use std::time::Duration;

use super::duration;

/// Over how many minutes a failure rate is measured, and for how long a stalled job counts.
pub(crate) const LOOKS_BACK: Duration = Duration::from_secs(600);

/// The shortest and the longest time over which a backlog grows, in minutes: that of a queue's minutes that are kept.
const GROWING: std::ops::RangeInclusive<u64> = 2..=59;

/// How many jobs a failure rate needs unless the rule says so.
const LEAST_JOBS: u64 = 1;

/// What a rule watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Jobs are outstanding and no worker is connected.
    Stranded,
    /// More jobs than this are outstanding.
    BacklogOver(u64),
    /// The outstanding jobs grow from minute to minute, for so many minutes.
    BacklogGrowing(u64),
    /// More than `over` percent of the jobs that ended in the last 10 minutes failed, of at least `least`.
    FailureRate {
        /// In percent.
        over: u64,
        /// How many jobs have to have ended.
        least: u64,
    },
    /// The job that has waited longest waits for longer than this.
    OldestWait(Duration),
    /// No worker is connected.
    NoWorkers,
    /// A scheduler is late, or will not run again by itself.
    LateSchedulers,
    /// A job stalled in the last 10 minutes.
    Stalled,
    /// Redis uses more than this share of its memory, in percent.
    RedisMemory(u64),
    /// Redis may delete keys when its memory is full.
    EvictionPolicy,
    /// Audit entries wait because Redis does not take them.
    AuditGap,
}

/// What the first words of a rule may be.
pub(crate) const ALLOWED: &str = "stranded; backlog over N; backlog growing for 15m; failure rate over 5%, with at least 20 jobs; \
     oldest wait over 10m; no workers; late schedulers; stalled; redis memory over 80%; redis eviction policy; audit gap";

impl Condition {
    /// Reads the condition at the start of `words`, and returns the words behind it.
    pub(crate) fn read<'w, 't>(words: &'w [&'t str]) -> Result<(Self, &'w [&'t str]), String> {
        Ok(match words {
            ["stranded", rest @ ..] => (Self::Stranded, rest),
            ["backlog", "over", jobs, rest @ ..] => (Self::BacklogOver(number(jobs)?), rest),
            ["backlog", "growing", "for", time, rest @ ..] => {
                let minutes = duration::parse(time)?.as_secs() / 60;
                if !GROWING.contains(&minutes) {
                    return Err(format!("holds {time:?}; a backlog can grow for 2m to 59m"));
                }
                (Self::BacklogGrowing(minutes), rest)
            }
            ["failure", "rate", "over", share, rest @ ..] => {
                let over = percent(share.trim_end_matches(','))?;
                let (least, rest) = match rest {
                    ["with", "at", "least", jobs, "job" | "jobs", rest @ ..] => {
                        (number(jobs)?, rest)
                    }
                    rest => (LEAST_JOBS, rest),
                };
                (Self::FailureRate { over, least }, rest)
            }
            ["oldest", "wait", "over", time, rest @ ..] => {
                (Self::OldestWait(duration::parse(time)?), rest)
            }
            ["no", "workers", rest @ ..] => (Self::NoWorkers, rest),
            ["late", "schedulers", rest @ ..] => (Self::LateSchedulers, rest),
            ["stalled", rest @ ..] => (Self::Stalled, rest),
            ["redis", "memory", "over", share, rest @ ..] => {
                (Self::RedisMemory(percent(share)?), rest)
            }
            ["redis", "eviction", "policy", rest @ ..] => (Self::EvictionPolicy, rest),
            ["audit", "gap", rest @ ..] => (Self::AuditGap, rest),
            _ => return Err("begins with no condition".to_owned()),
        })
    }

    /// Whether it is about Redis or Bullkeeper itself, and about no queue.
    pub fn is_of_server(&self) -> bool {
        matches!(
            self,
            Self::RedisMemory(_) | Self::EvictionPolicy | Self::AuditGap
        )
    }

    /// The value above which it holds.
    pub fn threshold(&self) -> u64 {
        match self {
            Self::BacklogOver(jobs) => *jobs,
            Self::FailureRate { over, .. } | Self::RedisMemory(over) => over * 10,
            Self::OldestWait(wait) => millis(*wait),
            _ => 0,
        }
    }

    /// Reads the value of `clears at`. The error is a reason that follows the rule.
    pub(crate) fn clearing_value(&self, text: &str) -> Result<u64, String> {
        let value = match self {
            Self::BacklogOver(_) => number(text)?,
            Self::FailureRate { .. } | Self::RedisMemory(_) => percent(text)? * 10,
            Self::OldestWait(_) => millis(duration::parse(text)?),
            _ => return Err("clears at a value, but its condition has none".to_owned()),
        };
        match value > self.threshold() {
            true => Err("clears at a value above the one at which it fires".to_owned()),
            false => Ok(value),
        }
    }

    /// A value of its threshold's unit as a rule writes it.
    pub(crate) fn amount(&self, value: u64) -> String {
        match self {
            Self::FailureRate { .. } | Self::RedisMemory(_) => match value % 10 {
                0 => format!("{}%", value / 10),
                tenths => format!("{}.{tenths}%", value / 10),
            },
            Self::OldestWait(_) => duration::words(Duration::from_secs(value / 1_000)),
            _ => value.to_string(),
        }
    }

    /// What a value means, for people: `12 jobs are outstanding, and no worker is connected`.
    pub fn words(&self, value: u64) -> String {
        let amount = self.amount(value);
        let jobs = if value == 1 { "job is" } else { "jobs are" };
        match self {
            Self::Stranded => format!("{value} {jobs} outstanding, and no worker is connected"),
            Self::BacklogOver(_) => format!("{value} {jobs} outstanding"),
            Self::BacklogGrowing(minutes) => {
                format!("{value} more outstanding than {minutes} minutes ago")
            }
            Self::FailureRate { .. } => {
                format!("{amount} of the jobs of the last 10 minutes failed")
            }
            Self::OldestWait(_) => {
                let waited = duration::rough(Duration::from_millis(value));
                format!("the oldest job has waited for {waited}")
            }
            Self::NoWorkers => "no worker is connected".to_owned(),
            Self::LateSchedulers if value == 1 => "1 scheduler is late".to_owned(),
            Self::LateSchedulers => format!("{value} schedulers are late"),
            Self::Stalled => "a job stalled in the last 10 minutes".to_owned(),
            Self::RedisMemory(_) => format!("Redis uses {amount} of its memory"),
            Self::EvictionPolicy => "Redis may delete jobs when its memory is full".to_owned(),
            Self::AuditGap if value == 1 => "1 audit entry waits to be written".to_owned(),
            Self::AuditGap => format!("{value} audit entries wait to be written"),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stranded => f.write_str("stranded"),
            Self::BacklogOver(jobs) => write!(f, "backlog over {jobs}"),
            Self::BacklogGrowing(minutes) => write!(f, "backlog growing for {minutes}m"),
            Self::FailureRate { over, least } if *least == LEAST_JOBS => {
                write!(f, "failure rate over {over}%")
            }
            Self::FailureRate { over, least } => {
                write!(f, "failure rate over {over}% with at least {least} jobs")
            }
            Self::OldestWait(wait) => write!(f, "oldest wait over {}", duration::words(*wait)),
            Self::NoWorkers => f.write_str("no workers"),
            Self::LateSchedulers => f.write_str("late schedulers"),
            Self::Stalled => f.write_str("stalled"),
            Self::RedisMemory(over) => write!(f, "redis memory over {over}%"),
            Self::EvictionPolicy => f.write_str("redis eviction policy"),
            Self::AuditGap => f.write_str("audit gap"),
        }
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("holds {text:?}, which is no whole number"))
}

fn percent(text: &str) -> Result<u64, String> {
    let number = text.strip_suffix('%').and_then(|text| text.parse().ok());
    number
        .filter(|share| *share < 100)
        .ok_or_else(|| format!("holds {text:?}, which is no percentage from 0% to 99%"))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
