#![allow(clippy::unwrap_used)]
use super::*;

const NEEDS: Duration = Duration::from_secs(900);

fn drained() -> Facts {
    Facts {
        counts: Counts {
            completed: 12,
            failed: 3,
            ..Counts::default()
        },
        workers: Some(0),
        unnamed_workers: false,
        schedulers: 0,
        is_current: false,
        quiet: Some(NEEDS),
        relative: None,
    }
}

fn told(facts: &Facts) -> Vec<String> {
    let found = obstacles(facts, NEEDS);
    found.iter().map(Obstacle::to_string).collect()
}

#[test]
fn a_drained_and_quiet_version_may_go_whatever_finished_in_it() {
    assert!(told(&drained()).is_empty());
    let untouched = Facts {
        quiet: None,
        ..drained()
    };
    assert!(told(&untouched).is_empty(), "nothing ever happened");
}

#[test]
fn each_thing_that_may_still_want_it_is_named() {
    let counts = |counts| Facts {
        counts,
        ..drained()
    };
    let none = Counts::default;
    let relative = |is_parent| LiveRelative {
        job: JobId::new("7").unwrap(),
        is_parent,
    };
    for (facts, expected) in [
        (
            counts(Counts {
                waiting: 1,
                ..none()
            }),
            "1 job is waiting",
        ),
        (
            counts(Counts {
                active: 2,
                ..none()
            }),
            "2 jobs are active",
        ),
        (
            counts(Counts {
                delayed: 2,
                ..none()
            }),
            "2 jobs are delayed",
        ),
        (
            counts(Counts {
                prioritized: 2,
                ..none()
            }),
            "2 jobs are prioritized",
        ),
        (
            counts(Counts {
                paused: 2,
                ..none()
            }),
            "2 jobs are paused",
        ),
        (
            counts(Counts {
                waiting_children: 2,
                ..none()
            }),
            "2 jobs are waiting-children",
        ),
        (
            Facts {
                workers: Some(1),
                ..drained()
            },
            "1 worker is connected",
        ),
        (
            Facts {
                workers: None,
                ..drained()
            },
            "whether workers are connected can’t be told",
        ),
        (
            Facts {
                unnamed_workers: true,
                ..drained()
            },
            "a worker that Redis does not name was there within the last half minute",
        ),
        (
            Facts {
                schedulers: 2,
                ..drained()
            },
            "2 schedulers make jobs in it",
        ),
        (
            Facts {
                is_current: true,
                ..drained()
            },
            "it is the current version of its family",
        ),
        (
            Facts {
                relative: Some(relative(true)),
                ..drained()
            },
            "job \"7\" is the child of a live flow: its parent has not finished",
        ),
        (
            Facts {
                relative: Some(relative(false)),
                ..drained()
            },
            "job \"7\" is the parent of a live flow: its child has not finished",
        ),
        (
            Facts {
                quiet: Some(Duration::from_secs(899)),
                ..drained()
            },
            "something happened in it 14 min ago, and it has to be quiet for 15 min",
        ),
    ] {
        assert_eq!(told(&facts), [expected]);
    }
}

#[test]
fn the_first_policy_that_speaks_of_a_family_counts() {
    let policy = |families: &str, hours: u64| Policy {
        families: families.to_owned(),
        after: Duration::from_secs(hours * 3_600),
    };
    let policies = [policy("email", 24), policy("team/*", 2), policy("*", 72)];
    let hours = |family| retires_after(&policies, family).map(|after| after.as_secs() / 3_600);
    assert_eq!(hours("email"), Some(24));
    assert_eq!(hours("team/email"), Some(2));
    assert_eq!(hours("billing"), Some(72));
    assert_eq!(retires_after(&policies[..2], "billing"), None);
}

#[test]
fn all_of_them_are_named_at_once() {
    let facts = Facts {
        counts: Counts {
            waiting: 3,
            delayed: 1,
            ..Counts::default()
        },
        workers: None,
        unnamed_workers: true,
        schedulers: 1,
        is_current: true,
        quiet: Some(Duration::from_secs(4)),
        relative: None,
    };
    assert_eq!(told(&facts).len(), 6);
}
