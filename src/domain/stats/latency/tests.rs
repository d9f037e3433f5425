//! Times between the events of jobs, and the bounds of the maps.
use super::*;

fn followed(followed: u64, not_followed: u64) -> Followed {
    Followed {
        followed,
        not_followed,
    }
}

#[test]
fn a_wait_ends_when_a_worker_takes_the_job_and_an_attempt_when_it_lets_go() {
    for end in [
        EventKind::Entered(JobState::Completed),
        EventKind::Entered(JobState::Failed),
        EventKind::Entered(JobState::Delayed),
        EventKind::Entered(JobState::WaitingChildren),
        EventKind::Entered(JobState::Waiting),
    ] {
        let mut jobs = LatencyTracker::default();
        assert_eq!(
            jobs.event(&1, "a", EventKind::Entered(JobState::Waiting), 1_000),
            None
        );
        let taken = jobs.event(&1, "a", EventKind::Entered(JobState::Active), 1_250);
        assert_eq!(taken, Some(LatencySample::WaitedMs(250)));
        assert_eq!(jobs.event(&1, "a", EventKind::Progress, 1_300), None);
        let ended = jobs.event(&1, "a", end, 3_250);
        assert_eq!(ended, Some(LatencySample::WorkedMs(2_000)), "{end:?}");
        assert_eq!(
            jobs.event(&1, "a", EventKind::Entered(JobState::Completed), 9_000),
            None
        );
    }
}

#[test]
fn a_retry_is_waited_for_and_worked_on_once_more() {
    let mut jobs = LatencyTracker::default();
    jobs.event(&1, "a", EventKind::Entered(JobState::Active), 0);
    assert_eq!(
        jobs.event(&1, "a", EventKind::Entered(JobState::Waiting), 100),
        Some(LatencySample::WorkedMs(100))
    );
    assert_eq!(
        jobs.event(&1, "a", EventKind::Entered(JobState::Active), 150),
        Some(LatencySample::WaitedMs(50))
    );
    assert_eq!(
        jobs.event(&1, "a", EventKind::Entered(JobState::Completed), 350),
        Some(LatencySample::WorkedMs(200))
    );
}

#[test]
fn jobs_of_the_same_id_in_two_queues_are_two_jobs() {
    let mut jobs = LatencyTracker::default();
    jobs.event(&"email/v1", "1", EventKind::Entered(JobState::Waiting), 0);
    assert_eq!(
        jobs.event(&"email/v2", "1", EventKind::Entered(JobState::Active), 10),
        None
    );
    assert_eq!(
        jobs.event(&"email/v1", "1", EventKind::Entered(JobState::Active), 20),
        Some(LatencySample::WaitedMs(20))
    );
}

#[test]
fn a_job_that_was_removed_or_whose_beginning_was_not_seen_tells_nothing() {
    let mut jobs = LatencyTracker::default();
    jobs.event(&1, "a", EventKind::Entered(JobState::Waiting), 0);
    jobs.event(&1, "a", EventKind::Removed, 5);
    assert_eq!(
        jobs.event(&1, "a", EventKind::Entered(JobState::Active), 10),
        None
    );
    assert_eq!(
        jobs.event(&1, "b", EventKind::Entered(JobState::Failed), 10),
        None
    );
}

#[test]
fn a_clock_that_went_back_gives_a_time_of_nothing() {
    let mut jobs = LatencyTracker::default();
    jobs.event(&1, "a", EventKind::Entered(JobState::Waiting), 1_000);
    assert_eq!(
        jobs.event(&1, "a", EventKind::Entered(JobState::Active), 900),
        Some(LatencySample::WaitedMs(0))
    );
}

#[test]
fn a_full_map_follows_no_new_job_and_says_how_many_it_left_out() {
    let mut jobs = LatencyTracker::holding(2, 1);
    for job in ["a", "b", "c", "d"] {
        jobs.event(&1, job, EventKind::Entered(JobState::Waiting), 1_000_000);
    }
    assert_eq!(jobs.waiting.followed, followed(2, 2));
    jobs.event(&1, "b", EventKind::Entered(JobState::Waiting), 1_000_001);
    assert_eq!(
        jobs.waiting.followed,
        followed(3, 2),
        "one that is followed already still fits"
    );
    jobs.event(&1, "a", EventKind::Entered(JobState::Active), 1_000_002);
    jobs.event(&1, "b", EventKind::Entered(JobState::Active), 1_000_002);
    assert_eq!(jobs.active.followed, followed(1, 1));
}

#[test]
fn a_full_map_gives_up_what_is_older_than_an_hour() {
    let mut jobs = LatencyTracker::holding(2, 2);
    jobs.event(
        &1,
        "never ends",
        EventKind::Entered(JobState::Waiting),
        1_000_000,
    );
    jobs.event(
        &1,
        "younger",
        EventKind::Entered(JobState::Waiting),
        4_000_000,
    );
    jobs.event(&1, "new", EventKind::Entered(JobState::Waiting), 4_600_001);
    assert_eq!(jobs.waiting.followed, followed(3, 0));
    assert_eq!(
        jobs.event(
            &1,
            "younger",
            EventKind::Entered(JobState::Active),
            4_600_002
        ),
        Some(LatencySample::WaitedMs(600_002))
    );
}

#[test]
fn a_flood_of_jobs_that_never_end_costs_no_more_than_the_two_maps_hold() {
    let mut jobs = LatencyTracker::default();
    for job in 0..200_000_u64 {
        jobs.event(
            &1,
            &job.to_string(),
            EventKind::Entered(JobState::Waiting),
            1_000_000 + job,
        );
        jobs.event(
            &1,
            &job.to_string(),
            EventKind::Entered(JobState::Active),
            1_000_000 + job,
        );
    }
    assert_eq!(jobs.active.by_job.len(), MOST_ACTIVE);
    assert!(jobs.waiting.by_job.is_empty());
    assert_eq!(jobs.active.followed, followed(20_000, 180_000));
}
