//! What a series reports, minute by minute.

use super::bullmq_metrics::metrics_minutes;
use super::*;

/// 2026-11-22 02:00 UTC, to the minute.
const START: u64 = 1_795_312_800_000;

fn at(minute: u64, second: u64) -> u64 {
    START + minute * MINUTE_MS + second * 1_000
}

/// The minute that begins `minute` minutes after the start, as reported at `now`.
fn told(series: &Series, now: u64, minute: u64) -> Minute {
    let minutes = series.minutes(now);
    *minutes
        .iter()
        .find(|told| told.start_ms == at(minute, 0))
        .unwrap()
}

fn off_by(told: f32, true_ms: f64) -> f64 {
    (f64::from(told) - true_ms).abs() / true_ms
}

#[test]
fn events_are_counted_in_their_minute_and_the_running_minute_is_the_last() {
    let mut series = Series::new(START);
    series.added(at(0, 1));
    series.added(at(1, 2));
    series.added(at(1, 59));
    series.finished(at(1, 59));
    series.failed(at(2, 0));
    let minutes = series.minutes(at(2, 30));
    assert_eq!(
        minutes.map(|minute| minute.added)[57..],
        [Some(1), Some(2), Some(0)]
    );
    assert_eq!(
        minutes.map(|minute| minute.finished)[57..],
        [Some(0), Some(1), Some(0)]
    );
    assert_eq!(
        minutes.map(|minute| minute.failed)[57..],
        [Some(0), Some(0), Some(1)]
    );
    assert_eq!(minutes[59].start_ms, at(2, 0));
    assert!(
        minutes
            .windows(2)
            .all(|two| two[0].start_ms + MINUTE_MS == two[1].start_ms)
    );
}

#[test]
fn before_watching_began_nothing_is_known_and_the_first_minute_is_seen_in_part() {
    let mut series = Series::new(at(0, 30));
    series.added(at(0, 40));
    series.added(at(1, 0));
    series.added(at(0, 10) - MINUTE_MS);
    let (before, first, next) = (
        series.minutes(at(1, 1))[57],
        told(&series, at(1, 1), 0),
        told(&series, at(1, 1), 1),
    );
    assert_eq!(
        (before.source, before.added, before.finished),
        (SampleSource::Unknown, None, None)
    );
    assert_eq!(
        (first.source, first.added, first.has_hole),
        (SampleSource::Seen, Some(1), true)
    );
    assert_eq!(
        (next.source, next.added, next.has_hole),
        (SampleSource::Seen, Some(1), false)
    );
}

#[test]
fn a_late_event_counts_in_its_own_minute_and_one_too_late_nowhere() {
    let mut series = Series::new(START);
    series.added(at(100, 0));
    series.added(at(41, 5));
    series.added(at(40, 59));
    let minutes = series.minutes(at(100, 1));
    assert_eq!(minutes[0].added, Some(1));
    assert_eq!(
        minutes
            .iter()
            .filter_map(|minute| minute.added)
            .sum::<u32>(),
        2
    );
}

#[test]
fn minutes_in_which_nothing_happens_are_seen_to_be_empty_and_keep_what_was_outstanding() {
    let mut series = Series::new(START);
    series.outstanding(at(0, 10), 9);
    series.outstanding(at(0, 20), 7);
    series.added(at(3, 0));
    for minute in 0..=5 {
        let told = told(&series, at(5, 1), minute);
        assert_eq!(
            (told.source, told.outstanding),
            (SampleSource::Seen, Some(7)),
            "{minute}"
        );
    }
    series.outstanding(at(5, 2), 0);
    assert_eq!(told(&series, at(6, 0), 4).outstanding, Some(7));
    assert_eq!(told(&series, at(6, 0), 6).outstanding, Some(0));
}

#[test]
fn a_clock_that_jumps_by_a_thousand_years_costs_sixty_steps() {
    let mut series = Series::new(START);
    series.added(START);
    let then = at(1_000 * 365 * 24 * 60, 0);
    series.outstanding(START, 5);
    series.added(then);
    let minutes = series.minutes(then);
    assert_eq!(
        minutes
            .iter()
            .filter_map(|minute| minute.added)
            .sum::<u32>(),
        1
    );
    assert_eq!(minutes[0].outstanding, Some(5));
    assert!(series.is_idle(START), "the clock went back: begin anew");
    assert!(
        series
            .minutes(START)
            .iter()
            .all(|minute| minute.added.is_none())
    );
    series.added(u64::MAX - MINUTE_MS * 61);
    assert_eq!(Series::new(0).minutes(0)[59].added, Some(0));
}

#[test]
fn a_spread_is_told_within_two_percent_also_after_its_minute() {
    let mut series = Series::new(START);
    for ms in 1..=10_000 {
        series.waited(at(0, 1), ms);
        series.worked(at(0, 1), ms * 100);
    }
    for now in [at(0, 59), at(10, 0)] {
        series.added(now);
        let minute = told(&series, now, 0);
        let (waiting, processing) = (minute.waiting.unwrap(), minute.processing.unwrap());
        for (told, true_ms) in [
            (waiting.p50_ms, 5_000.0),
            (waiting.p95_ms, 9_500.0),
            (waiting.p99_ms, 9_900.0),
            (processing.p50_ms, 500_000.0),
            (processing.p99_ms, 990_000.0),
        ] {
            assert!(off_by(told, true_ms) < 0.021, "{told} for {true_ms}");
        }
        assert_eq!((waiting.samples, processing.samples), (10_000, 10_000));
    }
}

#[test]
fn samples_of_a_minute_that_is_over_are_left_out_and_a_minute_without_has_no_spread() {
    let mut series = Series::new(START);
    series.waited(at(1, 0), 5);
    series.waited(at(0, 0), 50_000);
    series.worked(at(2, 0), 0);
    assert_eq!(told(&series, at(2, 1), 0).waiting, None);
    assert_eq!(told(&series, at(2, 1), 1).waiting.unwrap().samples, 1);
    assert_eq!(told(&series, at(2, 1), 2).processing.unwrap().p99_ms, 0.0);
    assert_eq!(told(&series, at(3, 1), 3).processing, None);
}

#[test]
fn times_from_a_millisecond_to_a_month_fit_one_sketch() {
    let mut series = Series::new(START);
    for ms in [
        1,
        20,
        400,
        8_000,
        160_000,
        3_200_000,
        64_000_000,
        2_592_000_000,
    ] {
        series.waited(START, ms);
    }
    let waiting = series.minutes(START)[59].waiting.unwrap();
    assert!(off_by(waiting.p50_ms, 8_000.0) < 0.021);
    assert!(off_by(waiting.p99_ms, 64_000_000.0) < 0.021);
}

#[test]
fn a_hole_is_told_until_its_minute_leaves_the_ring() {
    let mut series = Series::new(START);
    series.hole(at(3, 0));
    assert!(told(&series, at(5, 0), 3).has_hole);
    assert!(!told(&series, at(5, 0), 4).has_hole);
    series.added(at(63, 0));
    assert!(
        series
            .minutes(at(63, 0))
            .iter()
            .all(|minute| !minute.has_hole)
    );
    assert!(
        series
            .minutes(at(70, 0))
            .iter()
            .all(|minute| !minute.has_hole)
    );
}

#[test]
fn settling_ends_a_minute_that_is_over_and_no_later_one() {
    let mut series = Series::new(START);
    series.waited(START, 40);
    for (now, ended) in [(at(0, 59), false), (at(1, 59), false), (at(2, 0), true)] {
        series.settle(now);
        assert_eq!(series.newest > START / MINUTE_MS, ended, "{now}");
        assert_eq!(told(&series, now, 0).waiting.unwrap().samples, 1);
    }
    series.added(at(1, 59));
    assert_eq!(told(&series, at(2, 1), 1).added, Some(1));
}

#[test]
fn a_series_is_idle_after_sixty_minutes_without_an_event() {
    let mut series = Series::new(START);
    assert!(series.is_idle(at(0, 1)));
    series.finished(at(5, 0));
    series.outstanding(at(50, 0), 3);
    assert!(!series.is_idle(at(64, 59)));
    assert!(series.is_idle(at(65, 0)));
}

#[test]
fn the_rate_leaves_out_the_running_minute_holes_and_what_is_unknown() {
    let mut series = Series::new(at(0, 30));
    for (minute, jobs) in [(0, 500), (1, 10), (2, 20), (3, 999), (4, 900)] {
        for _ in 0..jobs {
            series.added(at(minute, 31));
            series.finished(at(minute, 31));
        }
    }
    series.hole(at(3, 40));
    let rate = series.rate(at(4, 40), 15);
    assert_eq!(
        (rate.added_per_minute, rate.finished_per_minute),
        (Some(15.0), Some(15.0))
    );
    assert_eq!(rate.measured_minutes, 2);
    assert_eq!(series.rate(at(0, 40), 15).finished_per_minute, None);
    assert_eq!(series.rate(at(5, 0), 1).added_per_minute, Some(900.0));
    assert_eq!(series.rate(at(200, 0), 500).added_per_minute, Some(0.0));
}

#[test]
fn each_point_of_bullmqs_metrics_belongs_to_the_minute_before_the_one_newer() {
    let minute = at(10, 0) / MINUTE_MS;
    assert_eq!(
        metrics_minutes(at(10, 59), &[3, 0, 7]),
        [(minute - 1, 3), (minute - 2, 0), (minute - 3, 7)]
    );
    assert_eq!(metrics_minutes(at(10, 0), &[]), []);
    assert_eq!(metrics_minutes(MINUTE_MS, &[4, 5, 6]), [(0, 4)]);
}

#[test]
fn a_lone_oldest_point_may_be_from_any_time_before_and_is_left_out() {
    let minute = at(10, 0) / MINUTE_MS;
    assert_eq!(
        metrics_minutes(at(10, 0), &[0, 0, 7]),
        [(minute - 1, 0), (minute - 2, 0)]
    );
    assert_eq!(metrics_minutes(at(10, 0), &[7]), []);
}

/// BullMQ's `collectMetrics` as in its script, with a clock as parameter.
fn collect(metrics: &mut Metrics, most: usize, now_ms: u64) {
    metrics.count += 1;
    let count = metrics.count - 1;
    if metrics.prev_ts_ms == 0 {
        metrics.prev_ts_ms = now_ms;
        return;
    }
    let passed = (now_ms / MINUTE_MS).saturating_sub(metrics.prev_ts_ms / MINUTE_MS);
    let pushed = usize::try_from(passed).unwrap().min(most);
    if pushed > 0 {
        metrics.points.insert(0, count - metrics.prev_count);
        for _ in 1..pushed {
            metrics.points.insert(0, 0);
        }
        metrics.points.truncate(most);
        (metrics.prev_count, metrics.prev_ts_ms) = (count, now_ms);
    }
}

#[test]
fn what_workers_counted_is_told_in_the_minutes_in_which_it_happened() {
    let mut metrics = Metrics::default();
    let happened = [(2, 3), (3, 1), (7, 4), (8, 2), (15, 5)];
    for (minute, jobs) in happened {
        for job in 0..jobs {
            collect(&mut metrics, 20_160, at(minute, 10 + job));
        }
    }
    let mut series = Series::new(at(20, 5));
    series.fill(Some(&metrics), None, at(20, 4));
    for minute in 2..20 {
        let told = told(&series, at(20, 6), minute);
        let jobs = happened.iter().find(|(then, _)| *then == minute);
        assert_eq!(told.source, SampleSource::Metrics);
        assert_eq!(
            told.finished,
            Some(jobs.map_or(0, |(_, jobs)| *jobs as u32)),
            "{minute}"
        );
        assert_eq!(
            (told.failed, told.added, told.outstanding),
            (Some(0), None, None)
        );
    }
    assert_eq!(told(&series, at(20, 6), 1).source, SampleSource::Unknown);
    assert_eq!(
        told(&series, at(20, 6), 20).finished,
        Some(0),
        "seen, not filled"
    );
    assert!(!series.is_idle(at(74, 59)));
    assert!(series.is_idle(at(75, 0)));
}

#[test]
fn a_list_that_was_too_short_for_the_rest_tells_nothing_wrong() {
    let mut metrics = Metrics::default();
    for minute in [0, 0, 0, 40] {
        collect(&mut metrics, 15, at(minute, 30));
    }
    let mut series = Series::new(at(41, 0));
    series.fill(Some(&metrics), None, at(41, 0));
    let counted: u32 = series
        .minutes(at(41, 0))
        .iter()
        .filter_map(|told| told.finished)
        .sum();
    assert_eq!(
        counted, 1,
        "the three of minute 0 are in no minute that is sure"
    );
}

#[test]
fn metrics_that_did_not_move_for_an_hour_tell_nothing_unless_the_other_one_did() {
    let old = Metrics {
        prev_ts_ms: at(0, 0),
        count: 9,
        prev_count: 4,
        points: vec![1, 2],
    };
    let mut series = Series::new(at(61, 0));
    series.fill(Some(&old), None, at(61, 0));
    assert_eq!(series.minutes(at(61, 0))[58].source, SampleSource::Unknown);
    let moved = Metrics {
        prev_ts_ms: at(55, 0),
        ..old.clone()
    };
    series.fill(Some(&moved), Some(&old), at(61, 0));
    let told = told(&series, at(61, 0), 55);
    assert_eq!((told.finished, told.failed), (Some(5), Some(0)));
}

#[test]
fn a_series_takes_less_than_three_kilobytes() {
    assert!(size_of::<Series>() <= 3_000, "{}", size_of::<Series>());
    assert_eq!(size_of::<MinuteSlot>(), 48);
}
