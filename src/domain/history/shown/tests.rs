//! Points put together, and filled from the last hour.

use super::*;

const HOUR: u64 = 60 * MINUTE_MS;

fn point(minute: u64, coverage: Coverage, completed: Option<u64>) -> HistoryPoint {
    HistoryPoint {
        start_ms: minute * MINUTE_MS,
        coverage,
        added: None,
        completed,
        failed: completed.map(|_| 0),
        outstanding: completed.map(|jobs| 10 * jobs),
        workers: None,
        waiting: completed.map(|jobs| Spread {
            p50_ms: 100.0 * jobs as f32,
            p95_ms: 1_000.0,
            p99_ms: 2_000.0,
            samples: jobs as u32,
        }),
        processing: None,
    }
}

#[test]
fn every_range_has_at_most_four_hundred_points_as_long_as_reads_well() {
    let step = |span, resolution| step_ms(span, resolution) / MINUTE_MS;
    assert_eq!(step(HOUR, Resolution::Minute), 1);
    assert_eq!(step(24 * HOUR, Resolution::Minute), 5);
    assert_eq!(step(7 * 24 * HOUR, Resolution::FiveMinutes), 30);
    assert_eq!(step(30 * 24 * HOUR, Resolution::Hour), 120);
    assert_eq!(step(HOUR, Resolution::Hour), 60);
    for hours in 1..=91 * 24 {
        assert!(hours * HOUR / step_ms(hours * HOUR, Resolution::Minute) < MOST_POINTS);
    }
}

#[test]
fn points_put_together_add_counts_keep_the_last_reading_and_weigh_times() {
    let recorded = [
        point(4, Coverage::Whole, Some(7)),
        point(5, Coverage::Whole, Some(1)),
        point(6, Coverage::Whole, None),
        point(7, Coverage::Whole, Some(3)),
        point(10, Coverage::Whole, Some(2)),
    ];
    let shown = with_live(&recorded, &[]);
    let folded = folded(&shown, Resolution::Minute, 5 * MINUTE_MS);
    let of = |shown: &ShownPoint| {
        let point = shown.point;
        (
            point.start_ms / MINUTE_MS,
            point.completed,
            point.outstanding,
        )
    };
    let counts: Vec<_> = folded.iter().map(of).collect();
    assert_eq!(
        counts,
        [
            (4, Some(7), Some(70)),
            (5, Some(4), Some(30)),
            (10, Some(2), Some(20))
        ]
    );
    let waiting = folded[1].point.waiting.unwrap();
    assert_eq!((waiting.p50_ms, waiting.samples), (250.0, 4));
    assert_eq!(folded[1].point.added, None);
    assert!(
        folded
            .iter()
            .all(|shown| shown.source == PointSource::InPart)
    );
}

#[test]
fn what_was_not_recorded_stays_unknown_and_makes_the_whole_a_part() {
    let recorded = [
        point(5, Coverage::Nothing, None),
        point(6, Coverage::Nothing, None),
        point(10, Coverage::Nothing, None),
        point(11, Coverage::Whole, Some(3)),
    ];
    let shown = with_live(&recorded, &[]);
    let folded = folded(&shown, Resolution::Minute, 5 * MINUTE_MS);
    let of = |shown: &ShownPoint| (shown.source, shown.point.completed);
    assert_eq!(
        folded.iter().map(of).collect::<Vec<_>>(),
        [(PointSource::Nothing, None), (PointSource::InPart, Some(3))]
    );
}

#[test]
fn the_minute_in_which_a_process_begins_is_known_in_part() {
    let began = HistoryPoint {
        outstanding: Some(12),
        ..point(5, Coverage::Nothing, None)
    };
    let shown = with_live(&[began, point(6, Coverage::Nothing, None)], &[]);
    let of = |shown: &ShownPoint| (shown.source, shown.point.outstanding);
    assert_eq!(
        shown.iter().map(of).collect::<Vec<_>>(),
        [
            (PointSource::InPart, Some(12)),
            (PointSource::Nothing, None)
        ]
    );
}

#[test]
fn live_minutes_fill_only_what_was_not_recorded() {
    let recorded = [
        point(5, Coverage::Nothing, None),
        point(6, Coverage::Nothing, None),
        point(7, Coverage::Part, Some(1)),
    ];
    let minute = |minute: u64, source, completed| LiveMinute {
        start_ms: minute * MINUTE_MS,
        source,
        added: None,
        completed,
        failed: None,
    };
    let live = [
        minute(5, SampleSource::Metrics, Some(8)),
        minute(6, SampleSource::Unknown, None),
        minute(7, SampleSource::Seen, Some(9)),
    ];
    let of = |shown: &ShownPoint| (shown.source, shown.point.completed);
    let shown = with_live(&recorded, &live);
    assert_eq!(
        shown.iter().map(of).collect::<Vec<_>>(),
        [
            (PointSource::Metrics, Some(8)),
            (PointSource::Nothing, None),
            (PointSource::InPart, Some(1))
        ]
    );
}
