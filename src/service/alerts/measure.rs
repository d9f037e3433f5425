//! Measures what rules watch, from the snapshot and from what the pages about Redis and schedulers read.

use std::collections::{HashMap, HashSet};

use crate::domain::alerts::book::AlertBook;
use crate::domain::alerts::condition::{Condition, LOOKS_BACK};
use crate::domain::alerts::rule::AlertRule;
use crate::domain::alerts::step::Measured;
use crate::domain::queue::QueueId;
use crate::domain::server::ServerState;
use crate::domain::stats::series::{MINUTE_MS, Minute};
use crate::service::live::snapshot::{Snapshot, VersionFigures};

/// What is not in the snapshot.
#[derive(Debug, Default)]
pub(super) struct OtherFacts {
    /// The server; `None` if it was not asked, or does not say.
    pub(super) server: Option<ServerState>,
    /// The late schedulers of each queue; `None` if they were not read.
    pub(super) late: Option<HashMap<QueueId, u64>>,
    /// How many audit entries wait in this process.
    pub(super) audit_waiting: u64,
}

/// Everything that is breached, and everything that the book holds. Where `all_found` is false, queues may be missing in the snapshot
/// that exist, so what is held of them is not known.
pub(super) fn measure<'r>(
    rules: &'r [AlertRule],
    snapshot: &Snapshot,
    other: &OtherFacts,
    book: &AlertBook,
    all_found: bool,
    now: u64,
) -> Vec<Measured<'r>> {
    let mut measured = Vec::new();
    // Critical ones first: there is room for so many alerts.
    let mut by_severity: Vec<&AlertRule> = rules.iter().collect();
    by_severity.sort_by_key(|rule| std::cmp::Reverse(rule.severity));
    for rule in by_severity {
        if rule.condition.is_of_server() {
            measured.push(Measured {
                rule,
                queue: None,
                value: of_server(&rule.condition, other),
            });
            continue;
        }
        let name = rule.name();
        let held = book.alerts().filter(|alert| alert.facts.rule == name);
        let held = held.filter_map(|alert| alert.facts.queue.as_ref()?.id());
        let held: HashSet<QueueId> = held.collect();
        let seen = snapshot.queues.iter();
        for version in seen.filter(|version| rule.queues.holds(&version.figures.queue)) {
            let queue = &version.figures.queue;
            let value = of_queue(&rule.condition, version, other, now);
            if value.is_some_and(|value| rule.is_breached(value)) || held.contains(queue) {
                measured.push(Measured {
                    rule,
                    queue: Some(queue.clone()),
                    value,
                });
            }
        }
        if !all_found {
            let missing = held.into_iter();
            let missing = missing.filter(|queue| snapshot.queue(queue).is_none());
            measured.extend(missing.map(|queue| Measured {
                rule,
                queue: Some(queue),
                value: None,
            }));
        }
    }
    measured
}

fn of_server(condition: &Condition, other: &OtherFacts) -> Option<u64> {
    if *condition == Condition::AuditGap {
        return Some(other.audit_waiting);
    }
    let memory = &other.server.as_ref()?.memory;
    match condition {
        Condition::RedisMemory(_) => match memory.limit? {
            0 => Some(0),
            limit => Some(memory.used?.saturating_mul(1_000).div_ceil(limit)),
        },
        Condition::EvictionPolicy => {
            memory.policy.as_ref()?;
            Some(u64::from(memory.evicting_policy().is_some()))
        }
        _ => None,
    }
}

fn of_queue(
    condition: &Condition,
    version: &VersionFigures,
    other: &OtherFacts,
    now: u64,
) -> Option<u64> {
    let figures = &version.figures;
    let outstanding = figures.counts.outstanding();
    match condition {
        Condition::Stranded => match figures.workers {
            Some(0) => Some(outstanding),
            Some(_) => Some(0),
            None => None,
        },
        Condition::NoWorkers => figures.workers.map(|workers| u64::from(workers == 0)),
        Condition::BacklogOver(_) => Some(outstanding),
        Condition::BacklogGrowing(minutes) => match &version.series {
            None => Some(0),
            Some(series) => growth(last(&series.minutes(now), *minutes + 1)),
        },
        Condition::FailureRate { least, .. } => match &version.series {
            None => Some(0),
            Some(series) => {
                let minutes = LOOKS_BACK.as_secs() * 1_000 / MINUTE_MS;
                failure_rate(last(&series.minutes(now), minutes), *least)
            }
        },
        Condition::OldestWait(_) => {
            let since = figures.oldest_waiting;
            Some(since.map_or(0, |since| now.saturating_sub(since)))
        }
        Condition::LateSchedulers => {
            let late = other.late.as_ref()?;
            Some(late.get(&figures.queue).copied().unwrap_or(0))
        }
        Condition::Stalled => {
            let looks_back = LOOKS_BACK.as_secs() * 1_000;
            let is_late = |at: u64| now.saturating_sub(at) < looks_back;
            Some(u64::from(version.stalled_at.is_some_and(is_late)))
        }
        Condition::RedisMemory(_) | Condition::EvictionPolicy | Condition::AuditGap => None,
    }
}

fn last(minutes: &[Minute], count: u64) -> &[Minute] {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    &minutes[minutes.len().saturating_sub(count)..]
}

/// By how many jobs the outstanding ones grew, if they never became fewer from one minute to the next; else 0. `None` if a minute is
/// not known.
fn growth(minutes: &[Minute]) -> Option<u64> {
    let counts: Option<Vec<u32>> = minutes.iter().map(|minute| minute.outstanding).collect();
    let counts = counts?;
    let (first, last) = (counts.first()?, counts.last()?);
    match counts.is_sorted() {
        true => Some(u64::from(last - first)),
        false => Some(0),
    }
}

/// The share of failed jobs in tenths of a percent, rounded up; 0 if fewer than `least` ended.
fn failure_rate(minutes: &[Minute], least: u64) -> Option<u64> {
    let sum = |jobs: fn(&Minute) -> Option<u32>| -> u64 {
        minutes.iter().filter_map(jobs).map(u64::from).sum()
    };
    let failed = sum(|minute| minute.failed);
    let ended = failed + sum(|minute| minute.finished);
    match ended {
        0 => Some(0),
        ended if ended < least => Some(0),
        ended => Some((failed * 1_000).div_ceil(ended)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::stats::series::Series;

    const START: u64 = 1_800_000_000_000;

    #[test]
    fn a_backlog_grows_if_it_never_shrank() {
        for (counts, expected) in [
            (&[5, 6, 6, 9][..], Some(4)),
            (&[5, 5, 5, 5], Some(0)),
            (&[5, 9, 8, 20], Some(0)),
        ] {
            let mut series = Series::new(START);
            for (at, jobs) in counts.iter().enumerate() {
                series.outstanding(START + at as u64 * MINUTE_MS, *jobs);
            }
            let minutes = series.minutes(START + 3 * MINUTE_MS);
            assert_eq!(growth(last(&minutes, 4)), expected, "{counts:?}");
            assert_eq!(growth(last(&minutes, 5)), None, "not followed then");
        }
    }

    #[test]
    fn a_failure_rate_is_of_the_last_ten_minutes_and_of_enough_jobs() {
        let mut series = Series::new(START);
        series.failed(START);
        for minute in 1..11 {
            series.finished(START + minute * MINUTE_MS);
        }
        let rate = |now, least| failure_rate(last(&series.minutes(now), 10), least);
        assert_eq!(rate(START + 9 * MINUTE_MS, 10), Some(100));
        assert_eq!(rate(START + 9 * MINUTE_MS, 11), Some(0), "too few jobs");
        assert_eq!(rate(START + 10 * MINUTE_MS, 1), Some(0), "it failed before");
        let mut series = Series::new(START);
        series.failed(START);
        series.finished(START);
        series.finished(START);
        let minutes = series.minutes(START);
        assert_eq!(
            failure_rate(last(&minutes, 10), 1),
            Some(334),
            "33.3 % is above 33 %"
        );
    }
}
