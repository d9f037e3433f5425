//! The minutes of the charts as a table, for people who can't see the charts or want the numbers.

use super::plot::clock;
use crate::domain::stats::series::{Minute, SampleSource, Spread};
use crate::web::html::format::{duration, thousands};

/// One minute.
pub(crate) struct ChartRow {
    /// `12:41`.
    pub(crate) at: String,
    /// The value of each column with its word for narrow windows; empty if unknown.
    pub(crate) cells: [(&'static str, String); 6],
    /// Where the figures come from.
    pub(crate) source: &'static str,
}

/// The minutes with known figures, newest first.
pub(crate) fn rows(whole: &[Minute]) -> Vec<ChartRow> {
    let known = |minute: &&Minute| minute.source != SampleSource::Unknown;
    whole.iter().rev().filter(known).map(row).collect()
}

fn row(minute: &Minute) -> ChartRow {
    ChartRow {
        at: clock(minute),
        cells: [
            ("added", jobs(minute.added)),
            ("finished", jobs(minute.finished)),
            ("failed", jobs(minute.failed)),
            ("outstanding", jobs(minute.outstanding)),
            ("waiting", times(minute.waiting)),
            ("processing", times(minute.processing)),
        ],
        source: match minute.source {
            SampleSource::Seen if minute.has_hole => "seen in part",
            SampleSource::Seen => "seen",
            SampleSource::Metrics => "BullMQ’s metrics",
            SampleSource::Unknown => "",
        },
    }
}

fn jobs(jobs: Option<u32>) -> String {
    jobs.map(|jobs| thousands(jobs.into())).unwrap_or_default()
}

fn times(spread: Option<Spread>) -> String {
    let told = |spread: Spread| {
        [spread.p50_ms, spread.p95_ms, spread.p99_ms]
            .map(|millis| duration(millis.round() as u64))
            .join(" / ")
    };
    spread.map(told).unwrap_or_default()
}
