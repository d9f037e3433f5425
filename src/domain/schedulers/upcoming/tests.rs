//! The next runs of intervals and of patterns.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::domain::schedulers::cron::fields::Dialect;
use crate::domain::schedulers::scheduler::{PendingJob, SchedulerId, SchedulerKind};

/// A scheduler of the queue `q` whose next job is stored, and due at `next`.
pub(crate) fn scheduler(schedule: Schedule, next: u64) -> Scheduler {
    Scheduler {
        queue: QueueId::new("bull", "q").unwrap(),
        id: SchedulerId::new("x").unwrap(),
        kind: SchedulerKind::Scheduler,
        dialect: Dialect::Four,
        name: String::new(),
        schedule,
        offset: 0,
        next,
        start: None,
        end: None,
        limit: None,
        made: Some(1),
        counted: None,
        template_sizes: [0, 0],
        pending: Some(PendingJob {
            id: JobId::new("repeat:x:1").unwrap(),
            state: Some(JobState::Delayed),
        }),
    }
}

fn times(one: &Scheduler, now: u64) -> Vec<u64> {
    let runs = one.upcoming(now, 5).runs;
    runs.iter().map(|run| run.at).collect()
}

#[test]
fn an_interval_goes_on_in_its_places_until_its_limit_and_once_past_its_end() {
    let every = |millis| Schedule::Every(millis);
    let mut one = scheduler(every(100), 1_030);
    one.offset = 30;
    assert_eq!(times(&one, 1_000), [1_030, 1_130, 1_230, 1_330, 1_430]);
    // The job is late: those that were missed are not made up for.
    assert_eq!(times(&one, 1_400), [1_030, 1_430, 1_530, 1_630, 1_730]);
    one.limit = Some(3);
    assert_eq!(times(&one, 1_000), [1_030, 1_130, 1_230]);
    one.limit = None;
    one.end = Some(1_200);
    assert_eq!(times(&one, 1_000), [1_030, 1_130, 1_230]);
}

#[test]
fn numbers_that_no_clock_has_are_no_reason_to_panic() {
    for millis in [1, u64::MAX / 2, u64::MAX] {
        let mut one = scheduler(Schedule::Every(millis), u64::MAX - 1);
        one.offset = u64::MAX;
        one.words();
        one.past(3);
        times(&one, u64::MAX);
    }
    let pattern = Schedule::Pattern {
        pattern: "* * * * *".to_owned(),
        zone: Some("UTC".to_owned()),
    };
    times(&scheduler(pattern, u64::MAX), 0);
}

#[test]
fn a_pattern_without_a_zone_says_what_its_runs_rest_on() {
    let pattern = |zone: Option<&str>| Schedule::Pattern {
        pattern: "0 9 * * *".to_owned(),
        zone: zone.map(str::to_owned),
    };
    // 2027-01-01 09:00 UTC, and an hour before.
    let (nine, eight) = (1_798_794_000_000, 1_798_790_400_000);
    let fits = scheduler(pattern(None), nine).upcoming(0, 5);
    assert_eq!((fits.runs.len(), fits.note.as_str()), (5, UTC_FITS));
    let other = scheduler(pattern(None), eight).upcoming(0, 5);
    assert_eq!((other.runs.len(), other.note.as_str()), (1, NO_ZONE));
    let unknown = scheduler(pattern(Some("Europe/Nowhere")), eight).upcoming(0, 5);
    assert!(unknown.note.contains("Europe/Nowhere"), "{}", unknown.note);
}
