//! The points of a history as rows of a table.

use crate::domain::history::shown::{PointSource, ShownPoint};
use crate::domain::stats::series::Spread;
use crate::web::html::format::{duration, minute, thousands};

/// The words of the columns with figures, in their order; the time is before them and the source behind them.
pub(super) const COLUMNS: [&str; 9] = [
    "added",
    "completed",
    "failed",
    "outstanding",
    "workers",
    "waiting p50",
    "waiting p95",
    "processing p50",
    "processing p95",
];

/// A point, or several without figures in succession.
pub(super) struct PointRow {
    /// The numbers of its first and its last point: `12`, `12-40`.
    pub(super) points: String,
    /// When it begins, in UTC.
    pub(super) at: String,
    /// The word and the figure of each column; none if nothing is known. A figure that is not known is empty.
    pub(super) cells: Vec<(&'static str, String)>,
    /// What the figures are based on; empty if all was recorded.
    pub(super) source: &'static str,
}

/// The rows, newest first. Times are told as of `now`, in Unix milliseconds.
pub(super) fn rows(points: &[ShownPoint], step_ms: u64, now: u64) -> Vec<PointRow> {
    let mut rows = Vec::new();
    let mut first = 0;
    for run in points.chunk_by(|one, next| is_gap(one) && is_gap(next)) {
        rows.push(row(run, first, step_ms, now));
        first += run.len();
    }
    rows.reverse();
    rows
}

pub(super) fn is_gap(shown: &ShownPoint) -> bool {
    shown.source == PointSource::Nothing
}

fn row(run: &[ShownPoint], first: usize, step_ms: u64, now: u64) -> PointRow {
    let (begin, end) = (run[0].point.start_ms, run[run.len() - 1].point.start_ms);
    let last = first + run.len() - 1;
    PointRow {
        points: match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        },
        at: match first == last {
            true => clock(begin, now),
            false => format!("{}–{}", clock(begin, now), clock(end + step_ms, now)),
        },
        cells: match is_gap(&run[0]) {
            true => Vec::new(),
            false => COLUMNS.into_iter().zip(figures(&run[0])).collect(),
        },
        source: source_words(run[0].source),
    }
}

/// When a point begins: `14:02`, with its day if that is not the day of `now`.
pub(super) fn clock(millis: u64, now: u64) -> String {
    minute(millis, now).trim_end_matches(" UTC").to_owned()
}

/// The figures of a point in the order of [`COLUMNS`]; empty for what is not known.
pub(super) fn figures(shown: &ShownPoint) -> [String; COLUMNS.len()] {
    let point = &shown.point;
    let jobs = |count: Option<u64>| count.map(thousands).unwrap_or_default();
    let [waiting_50, waiting_95] = times(point.waiting);
    let [processing_50, processing_95] = times(point.processing);
    [
        jobs(point.added),
        jobs(point.completed),
        jobs(point.failed),
        jobs(point.outstanding),
        jobs(point.workers),
        waiting_50,
        waiting_95,
        processing_50,
        processing_95,
    ]
}

fn times(spread: Option<Spread>) -> [String; 2] {
    let told = |millis: f32| duration(millis.round() as u64);
    spread.map_or_else(Default::default, |spread| {
        [spread.p50_ms, spread.p95_ms].map(told)
    })
}

fn source_words(source: PointSource) -> &'static str {
    match source {
        PointSource::Recorded => "",
        PointSource::InPart => "recorded in part",
        PointSource::Seen => "seen, not recorded",
        PointSource::Metrics => "BullMQ’s metrics",
        PointSource::Nothing => "not recorded",
    }
}
