//! A history as a file: every point as it was recorded, with the marks that fall into it.

use super::marks::point_of;
use crate::domain::history::mark::Mark;
use crate::domain::history::shown::{PointSource, ShownPoint};
use crate::domain::stats::series::Spread;
use crate::service::audit::export::{csv_line, without_formula};
use crate::web::html::format::When;

const COLUMNS: [&str; 17] = [
    "start",
    "start_ms",
    "seconds",
    "source",
    "added",
    "completed",
    "failed",
    "outstanding",
    "workers",
    "waiting_p50_ms",
    "waiting_p95_ms",
    "waiting_p99_ms",
    "waiting_measured",
    "processing_p50_ms",
    "processing_p95_ms",
    "processing_p99_ms",
    "processing_measured",
];

/// The points of so many milliseconds each, oldest first, in CSV with a heading. What is not known is empty.
pub(super) fn file(points: &[ShownPoint], length_ms: u64, marks: &[Mark]) -> Vec<u8> {
    let mut of_point = vec![Vec::new(); points.len()];
    for mark in marks {
        if let Some(words) = of_point.get_mut(point_of(points, mark.at_ms)) {
            words.push(mark.words.as_str());
        }
    }
    let mut bytes = csv_line(COLUMNS.into_iter().chain(["marks"]));
    for (shown, marks) in points.iter().zip(of_point) {
        let marks = without_formula(&marks.join("; "));
        let values = values(shown, length_ms);
        bytes.extend(csv_line(
            values.iter().map(String::as_str).chain([marks.as_str()]),
        ));
    }
    bytes
}

fn values(shown: &ShownPoint, length_ms: u64) -> Vec<String> {
    let point = &shown.point;
    let count = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
    let mut values = vec![
        When::of(point.start_ms).iso,
        point.start_ms.to_string(),
        (length_ms / 1_000).to_string(),
        source_word(shown.source).to_owned(),
        count(point.added),
        count(point.completed),
        count(point.failed),
        count(point.outstanding),
        count(point.workers),
    ];
    values.extend(times(point.waiting));
    values.extend(times(point.processing));
    values
}

fn times(spread: Option<Spread>) -> [String; 4] {
    spread.map_or_else(Default::default, |spread| {
        let [p50, p95, p99] =
            [spread.p50_ms, spread.p95_ms, spread.p99_ms].map(|millis| format!("{millis:.0}"));
        [p50, p95, p99, spread.samples.to_string()]
    })
}

fn source_word(source: PointSource) -> &'static str {
    match source {
        PointSource::Recorded => "recorded",
        PointSource::InPart => "recorded-in-part",
        PointSource::Seen => "seen",
        PointSource::Metrics => "bullmq-metrics",
        PointSource::Nothing => "not-recorded",
    }
}
