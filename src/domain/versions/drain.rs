//! How a version drains: the jobs left, the speed, and when it will be empty.

use crate::domain::queue::{Counts, DelayedSpan};
use crate::domain::stats::series::Rate;

/// The number of whole minutes over which the speed is measured.
pub(crate) const MEASURED_OVER: usize = 15;

/// How a version's outstanding jobs develop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drain {
    /// How many jobs are left.
    pub left: u64,
    /// The speed.
    pub pace: Pace,
    /// When delayed jobs are due.
    pub delayed: Option<DelayedSpan>,
}

/// How fast the number of outstanding jobs changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// No whole minute was followed yet.
    Measuring,
    /// The number stays the same.
    Still {
        /// How many whole minutes this is based on.
        over: u32,
    },
    /// The number grows.
    Growing {
        /// By how many jobs per minute.
        per_minute: f64,
        /// How many whole minutes this is based on.
        over: u32,
    },
    /// The number shrinks.
    Shrinking {
        /// By how many jobs per minute.
        per_minute: f64,
        /// How many whole minutes this is based on.
        over: u32,
        /// When it reaches 0 at that speed, in Unix milliseconds; never before the last delayed job is due.
        done_at: u64,
    },
}

/// A slower change, of less than one job in 60 minutes, counts as none.
const SLOWEST_PER_MINUTE: f64 = 1.0 / 60.0;

const MINUTE_MS: f64 = 60_000.0;

impl Drain {
    /// How `counts` develop at `rate`, as of `now` (Unix milliseconds).
    pub fn of(counts: &Counts, rate: Option<Rate>, delayed: Option<DelayedSpan>, now: u64) -> Self {
        Self {
            left: counts.outstanding(),
            pace: pace(counts, rate, delayed, now),
            delayed: delayed.filter(|_| counts.delayed > 0),
        }
    }
}

fn pace(counts: &Counts, rate: Option<Rate>, delayed: Option<DelayedSpan>, now: u64) -> Pace {
    let Some(rate) = rate.filter(|rate| rate.measured_minutes > 0) else {
        return Pace::Measuring;
    };
    let over = rate.measured_minutes;
    let (Some(added), Some(ended)) = (rate.added_per_minute, rate.ended_per_minute()) else {
        return Pace::Measuring;
    };
    let per_minute = ended - added;
    if per_minute.abs() < SLOWEST_PER_MINUTE {
        return Pace::Still { over };
    }
    if per_minute < 0.0 {
        return Pace::Growing {
            per_minute: -per_minute,
            over,
        };
    }
    // Workers can't reduce delayed jobs: these become ready when they are due.
    let at_work = counts.outstanding() - counts.delayed;
    let minutes = at_work as f64 / per_minute;
    let worked_off = now.saturating_add((minutes * MINUTE_MS) as u64);
    let last = delayed.filter(|_| counts.delayed > 0).map(|span| span.last);
    Pace::Shrinking {
        per_minute,
        over,
        done_at: worked_off.max(last.unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000_000;
    const MINUTE: u64 = 60_000;

    fn counts(waiting: u64, delayed: u64) -> Counts {
        Counts {
            waiting,
            delayed,
            completed: 99,
            failed: 12,
            ..Counts::default()
        }
    }

    fn rate(added: f64, finished: f64, failed: f64) -> Option<Rate> {
        Some(Rate {
            added_per_minute: Some(added),
            finished_per_minute: Some(finished),
            failed_per_minute: Some(failed),
            measured_minutes: 15,
        })
    }

    #[test]
    fn what_is_left_goes_at_the_speed_of_what_ends_less_what_comes() {
        let drain = Drain::of(&counts(420, 0), rate(8.0, 40.0, 10.0), None, NOW);
        assert_eq!(drain.left, 420);
        assert_eq!(
            drain.pace,
            Pace::Shrinking {
                per_minute: 42.0,
                over: 15,
                done_at: NOW + 10 * MINUTE
            }
        );
    }

    #[test]
    fn a_delayed_job_keeps_a_version_until_it_is_due_and_is_not_worked_off_before() {
        let span = DelayedSpan {
            next: NOW + MINUTE,
            last: NOW + 30 * 24 * 60 * MINUTE,
        };
        let drain = Drain::of(&counts(42, 2), rate(0.0, 42.0, 0.0), Some(span), NOW);
        assert_eq!(drain.left, 44);
        assert_eq!(
            drain.pace,
            Pace::Shrinking {
                per_minute: 42.0,
                over: 15,
                done_at: span.last
            }
        );
        let soon = DelayedSpan {
            next: NOW,
            last: NOW,
        };
        let drain = Drain::of(&counts(42, 2), rate(0.0, 42.0, 0.0), Some(soon), NOW);
        assert!(matches!(drain.pace, Pace::Shrinking { done_at, .. } if done_at == NOW + MINUTE));
    }

    #[test]
    fn it_grows_stands_still_or_is_not_measured_yet() {
        let pace = |rate| Drain::of(&counts(10, 0), rate, None, NOW).pace;
        assert_eq!(
            pace(rate(5.0, 2.0, 1.0)),
            Pace::Growing {
                per_minute: 2.0,
                over: 15
            }
        );
        assert_eq!(pace(rate(2.0, 1.0, 1.0)), Pace::Still { over: 15 });
        assert_eq!(pace(rate(0.0, 0.0, 0.0)), Pace::Still { over: 15 });
        assert_eq!(pace(None), Pace::Measuring);
        let unknown = Rate {
            added_per_minute: None,
            finished_per_minute: None,
            failed_per_minute: None,
            measured_minutes: 0,
        };
        assert_eq!(pace(Some(unknown)), Pace::Measuring);
    }
}
