//! The five charts of a history.

use time::OffsetDateTime;
use time::macros::format_description;

use super::marks::{self, MarkRow};
use super::rows::{figures, is_gap};
use crate::domain::history::point::HistoryPoint;
use crate::domain::history::shown::{PointSource, ShownPoint};
use crate::web::html::charts::{
    ChartFrame, HistoryChart, LineShape, LineToDraw, Stretch, Tick, Unit, history_lines, percent,
};
use crate::web::html::format::duration;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// How far apart the times below the charts may be, in milliseconds.
const TICKS: [u64; 12] = [
    MINUTE_MS,
    5 * MINUTE_MS,
    15 * MINUTE_MS,
    30 * MINUTE_MS,
    HOUR_MS,
    3 * HOUR_MS,
    6 * HOUR_MS,
    12 * HOUR_MS,
    DAY_MS,
    2 * DAY_MS,
    5 * DAY_MS,
    10 * DAY_MS,
];

/// How many times fit below a chart on a phone.
const MOST_TICKS: u64 = 5;

/// A gap narrower than this part of the width has no room for words.
const ROOM_FOR_WORDS: f64 = 0.3;

/// A chart to draw.
struct ChartSpec {
    id: &'static str,
    title: &'static str,
    /// What is counted; empty for jobs in a point.
    unit: &'static str,
    measure: Unit,
    lines: &'static [Line],
}

/// A line of it. Its column is that of the table, in which the time is the first.
struct Line {
    word: &'static str,
    class: &'static str,
    column: usize,
    shape: LineShape,
    value: fn(&HistoryPoint) -> Option<f64>,
}

const fn line(
    word: &'static str,
    class: &'static str,
    column: usize,
    shape: LineShape,
    value: fn(&HistoryPoint) -> Option<f64>,
) -> Line {
    Line {
        word,
        class,
        column,
        shape,
        value,
    }
}

const CHARTS: [ChartSpec; 5] = [
    ChartSpec {
        id: "throughput",
        title: "Throughput",
        unit: "",
        measure: Unit::Jobs,
        lines: &[
            line("completed", "s-completed", 2, LineShape::Ground, |point| {
                count(point.completed)
            }),
            line("added", "s-none dash", 1, LineShape::Line, |point| {
                count(point.added)
            }),
            line("failed", "s-failed", 3, LineShape::Line, |point| {
                count(point.failed)
            }),
        ],
    },
    ChartSpec {
        id: "outstanding",
        title: "Outstanding",
        unit: "jobs",
        measure: Unit::Jobs,
        lines: &[line(
            "outstanding",
            "s-waiting",
            4,
            LineShape::Ground,
            |point| count(point.outstanding),
        )],
    },
    ChartSpec {
        id: "workers",
        title: "Workers",
        unit: "connected",
        measure: Unit::Jobs,
        lines: &[line("workers", "s-none", 5, LineShape::Ground, |point| {
            count(point.workers)
        })],
    },
    ChartSpec {
        id: "waiting",
        title: "Waiting time",
        unit: "of jobs taken",
        measure: Unit::Millis,
        lines: &[
            line("p50", "s-waiting", 6, LineShape::Line, |point| {
                Some(point.waiting?.p50_ms.into())
            }),
            line("p95", "s-waiting dash", 7, LineShape::Line, |point| {
                Some(point.waiting?.p95_ms.into())
            }),
        ],
    },
    ChartSpec {
        id: "processing",
        title: "Processing time",
        unit: "of attempts ended",
        measure: Unit::Millis,
        lines: &[
            line("p50", "s-active", 8, LineShape::Line, |point| {
                Some(point.processing?.p50_ms.into())
            }),
            line("p95", "s-active dash", 9, LineShape::Line, |point| {
                Some(point.processing?.p95_ms.into())
            }),
        ],
    },
];

fn count(count: Option<u64>) -> Option<f64> {
    count.map(|count| count as f64)
}

/// The charts of points that last so many milliseconds each.
pub(super) fn charts(points: &[ShownPoint], step_ms: u64) -> Vec<HistoryChart> {
    let chart = |spec: &ChartSpec| {
        let to_draw = spec.lines.iter().map(|line| line.of(points)).collect();
        let (max, lines) = history_lines(spec.measure, to_draw);
        HistoryChart {
            id: spec.id,
            title: spec.title,
            unit: match spec.unit {
                "" => format!("jobs in {}", step_words(step_ms)),
                unit => unit.to_owned(),
            },
            max,
            lines,
        }
    };
    CHARTS.iter().map(chart).collect()
}

impl Line {
    fn of(&self, points: &[ShownPoint]) -> LineToDraw {
        let of = |is_meant: fn(PointSource) -> bool| -> Vec<Option<f64>> {
            let values = points.iter().map(|shown| {
                let value = (self.value)(&shown.point);
                value.filter(|_| is_meant(shown.source))
            });
            values.collect()
        };
        let is_recorded =
            |source: PointSource| matches!(source, PointSource::Recorded | PointSource::InPart);
        let latest = latest(points).map(|at| figures(&points[at]));
        let value = latest.map_or_else(String::new, |figures| figures[self.column - 1].clone());
        LineToDraw {
            word: self.word,
            class: self.class,
            column: self.column,
            shape: self.shape,
            value: if value.is_empty() {
                "–".to_owned()
            } else {
                value
            },
            recorded: of(is_recorded),
            before: of(|source| matches!(source, PointSource::Seen | PointSource::Metrics)),
        }
    }
}

/// The number of the latest point of which something is known.
pub(super) fn latest(points: &[ShownPoint]) -> Option<usize> {
    points.iter().rposition(|shown| !is_gap(shown))
}

/// What the charts have alike.
pub(super) fn frame(points: &[ShownPoint], step_ms: u64, marks: &[MarkRow]) -> ChartFrame {
    ChartFrame {
        points: points.len(),
        from_ms: points.first().map_or(0, |shown| shown.point.start_ms),
        step_ms,
        gaps: stretches(points, is_gap),
        parts: stretches(points, |shown| shown.source == PointSource::InPart),
        marks: marks::lines(marks, points.len()),
        ticks: ticks(points, step_ms),
    }
}

/// The runs of points that are so.
fn stretches(points: &[ShownPoint], is_so: fn(&ShownPoint) -> bool) -> Vec<Stretch> {
    let (mut from, mut found) = (0, Vec::new());
    for run in points.chunk_by(|one, next| is_so(one) == is_so(next)) {
        if is_so(&run[0]) {
            let (begin, width) = (from as f64, run.len() as f64);
            let has_room = width > ROOM_FOR_WORDS * points.len() as f64;
            found.push(Stretch {
                x: percent(begin, points.len()),
                width: percent(width, points.len()),
                middle: match has_room {
                    true => percent(begin + width / 2.0, points.len()),
                    false => String::new(),
                },
            });
        }
        from += run.len();
    }
    found
}

/// Round times below the charts: `14:15`; `1 Mar` where a day begins.
fn ticks(points: &[ShownPoint], step_ms: u64) -> Vec<Tick> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    let (begin, end) = (first.point.start_ms, last.point.start_ms + step_ms);
    let length = end - begin;
    let longest = TICKS[TICKS.len() - 1];
    let apart = TICKS.into_iter().find(|tick| length / tick <= MOST_TICKS);
    let apart = apart.unwrap_or(longest);
    let times = (begin.div_ceil(apart)..end.div_ceil(apart)).map(|at| at * apart);
    let ticks = times.map(|at| Tick {
        x: percent(
            (at - begin) as f64 / length as f64 * points.len() as f64,
            points.len(),
        ),
        word: tick_word(at),
    });
    ticks.collect()
}

fn tick_word(millis: u64) -> String {
    let seconds = i64::try_from(millis / 1_000).unwrap_or_default();
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let day = format_description!("[day padding:none] [month repr:short]");
    let clock = format_description!("[hour]:[minute]");
    // Every time has these parts.
    match millis.is_multiple_of(DAY_MS) {
        true => at.format(&day).unwrap_or_default(),
        false => at.format(&clock).unwrap_or_default(),
    }
}

/// How long a point lasts: `a minute`, `5 min`, `2 h`.
pub(super) fn step_words(step_ms: u64) -> String {
    match step_ms {
        MINUTE_MS => "a minute".to_owned(),
        HOUR_MS => "an hour".to_owned(),
        0..HOUR_MS => format!("{} min", step_ms / MINUTE_MS),
        _ if step_ms.is_multiple_of(HOUR_MS) => format!("{} h", step_ms / HOUR_MS),
        _ => duration(step_ms),
    }
}
