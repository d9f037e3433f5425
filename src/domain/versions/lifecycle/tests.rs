use super::Lifecycle::{Current, Drained, Draining, Idle, RolledBack, Stranded, Unknown};
use super::*;

const NOW: u64 = 1_700_000_000_000;
const LONG_AGO: u64 = NOW - 3_600_000;

fn version(outstanding: u64, workers: impl Into<Option<u32>>) -> VersionFacts {
    VersionFacts {
        outstanding,
        workers: workers.into(),
        had_jobs: outstanding > 0,
        last_added: None,
        watched_since: LONG_AGO,
        is_busy: false,
    }
}

/// The facts, with jobs, the last of which came at `last_added`.
fn got(facts: VersionFacts, last_added: u64) -> VersionFacts {
    VersionFacts {
        had_jobs: true,
        last_added: Some(last_added),
        ..facts
    }
}

fn had_jobs(facts: VersionFacts) -> VersionFacts {
    VersionFacts {
        had_jobs: true,
        ..facts
    }
}

fn lifecycles(versions: &[VersionFacts], pinned: Option<usize>) -> Vec<Lifecycle> {
    let standings = standings(versions, pinned);
    standings
        .iter()
        .map(|standing| standing.lifecycle)
        .collect()
}

#[test]
fn every_family_stands_as_the_table_says() {
    // Versions newest first.
    let table: &[(&str, &[VersionFacts], &[Lifecycle])] = &[
        (
            "the newest with workers is current, an older one with jobs and workers drains",
            &[version(5, 2), version(9, 1), version(0, 0)],
            &[Current, Draining, Drained],
        ),
        (
            "a newer one that nobody works on yet is not current",
            &[version(0, 0), version(5, 1), version(0, 0)],
            &[Drained, Current, Drained],
        ),
        (
            "where none has workers the newest is current",
            &[version(0, 0), version(0, 0)],
            &[Current, Drained],
        ),
        (
            "jobs without workers are stranded, on the current version as well",
            &[version(3, 0), version(7, 0)],
            &[Stranded, Stranded],
        ),
        (
            "jobs of a newer version that lost its workers are stranded",
            &[version(3, 0), version(7, 1)],
            &[Stranded, Current],
        ),
        (
            "workers with nothing left to do idle",
            &[version(5, 1), version(0, 2)],
            &[Current, Idle],
        ),
        (
            "the current version is current with nothing to do as well",
            &[version(0, 2), version(1, 2)],
            &[Current, Draining],
        ),
        (
            "unknown workers are never taken for none",
            &[version(5, None), version(9, None), version(0, None)],
            &[Unknown, Unknown, Unknown],
        ),
        (
            "an older version drains although the newer one's workers can't be told",
            &[version(5, None), version(9, 1)],
            &[Unknown, Draining],
        ),
        (
            "unknown workers of the older version leave the newer one current",
            &[version(5, 1), version(9, None)],
            &[Current, Unknown],
        ),
        ("a queue alone is current", &[version(5, 1)], &[Current]),
        (
            "a queue alone that has workers and no jobs idles",
            &[version(0, 1)],
            &[Idle],
        ),
        (
            "a queue alone with jobs and no workers is stranded",
            &[version(5, 0)],
            &[Stranded],
        ),
        (
            "a queue alone with nothing is not drained: nothing took over",
            &[version(0, 0)],
            &[Current],
        ),
        (
            "an older version gets jobs a minute after the newer one's last",
            &[
                got(version(0, 1), NOW - 60_000),
                got(version(2, 1), NOW),
                version(0, 0),
            ],
            &[Current, RolledBack, Drained],
        ),
        (
            "in a deploy both get jobs: the older one drains",
            &[got(version(4, 1), NOW - 59_999), got(version(2, 1), NOW)],
            &[Current, Draining],
        ),
        (
            "a newer version that never had jobs has not taken over",
            &[version(0, 1), got(version(2, 1), NOW)],
            &[Current, Draining],
        ),
        (
            "a newer version whose jobs came before watching began is quiet since then",
            &[had_jobs(version(0, 1)), got(version(2, 1), NOW)],
            &[Current, RolledBack],
        ),
        (
            "a rollback is told also once the newer version's workers are gone",
            &[had_jobs(version(0, 0)), got(version(2, 1), NOW)],
            &[Drained, RolledBack],
        ),
        (
            "the alarm goes before the rollback",
            &[had_jobs(version(0, 1)), got(version(2, 0), NOW)],
            &[Current, Stranded],
        ),
    ];
    for (case, versions, expected) in table {
        assert_eq!(lifecycles(versions, None), *expected, "{case}");
    }
}

#[test]
fn the_pinned_version_is_current_and_newer_ones_drain_as_older_ones_do() {
    let versions = [version(5, 2), got(version(9, 1), NOW), version(0, 1)];
    assert_eq!(lifecycles(&versions, Some(1)), [Draining, Current, Idle]);
    let standings = standings(&versions, Some(1));
    assert!(standings[1].is_current && standings[1].is_pinned);
    assert!(!standings[0].is_current && !standings[0].is_pinned);
    let newer = standings.iter().map(|standing| standing.is_newer);
    assert_eq!(newer.collect::<Vec<_>>(), [true, false, false]);
}

#[test]
fn a_pinned_version_is_current_even_where_workers_cannot_be_told_and_stranded_without_any() {
    assert_eq!(
        lifecycles(&[version(1, None), version(1, None)], Some(1)),
        [Unknown, Current]
    );
    let standings = standings(&[version(1, 1), version(1, 0)], Some(1));
    assert_eq!(standings[1].lifecycle, Stranded);
    assert!(
        standings[1].is_current,
        "stranded, and current all the same"
    );
}

#[test]
fn a_pin_of_a_version_that_is_gone_counts_for_nothing() {
    assert_eq!(
        lifecycles(&[version(1, 1), version(1, 1)], Some(2)),
        [Current, Draining]
    );
}

#[test]
fn exactly_one_version_of_a_family_is_current() {
    let choices = [
        version(0, 0),
        version(3, 0),
        version(0, 2),
        version(3, None),
    ];
    for first in choices {
        for second in choices {
            for pinned in [None, Some(0), Some(1)] {
                let current = standings(&[first, second], pinned);
                let current = current.iter().filter(|standing| standing.is_current);
                assert_eq!(current.count(), 1, "{first:?} {second:?} {pinned:?}");
            }
        }
    }
}

#[test]
fn a_queue_without_other_versions_idles_only_once_no_job_came_for_a_while() {
    let busy = VersionFacts {
        is_busy: true,
        ..version(0, 2)
    };
    assert_eq!(lifecycles(&[busy], None), [Current]);
    assert_eq!(lifecycles(&[version(0, 2)], None), [Idle]);
    let stranded = VersionFacts {
        is_busy: true,
        ..version(1, 0)
    };
    assert_eq!(lifecycles(&[stranded], None), [Stranded]);
}
