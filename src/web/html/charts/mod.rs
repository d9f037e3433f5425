//! Charts of the last hour: five small ones with a table for a queue, the backlogs of a family, and the overview's
//! sparkline.
//!
//! All are drawn here, as SVG paths without style or script; app.css gives the colours. Only whole minutes are shown: the
//! current one would always seem to drop, and a chart that changes once a minute can be shared by all viewers.

mod backlogs;
mod failure_spark;
mod history;
pub(crate) mod plot;
mod scale;
mod sparkline;
mod svg_path;
mod table;
mod upcoming;

use askama::Template;

use super::format::{When, thousands};
use crate::domain::stats::series::{MINUTE_MS, MINUTES, Minute, SampleSource, Spread};
pub(crate) use backlogs::{Backlogs, backlogs};
pub(crate) use failure_spark::{FailureSpark, failure_spark};
pub(crate) use history::{
    ChartFrame, HistoryChart, LineToDraw, MarkLine, Stretch, Tick, history_lines, percent,
};
pub(crate) use plot::LineShape;
use plot::{Blank, Chart, ChartValue, OUTSTANDING, clock, time_of_day};
pub(crate) use scale::Unit;
pub(crate) use sparkline::{Sparkline, sparkline};
use table::ChartRow;
pub(crate) use upcoming::{UpcomingChart, upcoming_chart};

/// The five charts of a queue's page, and what they are based on.
#[derive(Template)]
#[template(path = "layout/_charts.html")]
pub(crate) struct Charts {
    charts: [Chart; 5],
    /// `12:04`: when the first minute will be over, where nothing is known yet; empty otherwise.
    first_point: String,
    /// Since when Bullkeeper has watched.
    since: When,
    /// `12:04`: the last minute that BullMQ's metrics fill; empty if there is none.
    metrics_until: String,
    /// In how many minutes events may be missing.
    holes: usize,
    /// How many waits and attempts the times are based on.
    waits: String,
    attempts: String,
    /// The minutes with known figures, newest first.
    rows: Vec<ChartRow>,
}

impl askama::filters::HtmlSafe for Charts {}

/// The charts of one queue, from the `minutes` of its series, which began at `since_ms` (Unix milliseconds).
pub(crate) fn charts(minutes: &[Minute; MINUTES], since_ms: u64) -> Charts {
    let whole = &minutes[..MINUTES - 1];
    let from_metrics = |minute: &&Minute| minute.source == SampleSource::Metrics;
    let samples = |spread: fn(&Minute) -> Option<Spread>| {
        let counted = whole.iter().filter_map(spread);
        thousands(counted.map(|spread| u64::from(spread.samples)).sum())
    };
    let rows = table::rows(whole);
    Charts {
        first_point: match rows.is_empty() {
            true => time_of_day((since_ms / MINUTE_MS + 1) * MINUTE_MS),
            false => String::new(),
        },
        charts: [
            throughput(whole),
            failures(whole),
            backlog(whole),
            waiting(whole),
            processing(whole),
        ],
        since: When::of(since_ms),
        metrics_until: whole
            .iter()
            .rfind(from_metrics)
            .map(clock)
            .unwrap_or_default(),
        holes: whole.iter().filter(|minute| minute.has_hole).count(),
        waits: samples(|minute| minute.waiting),
        attempts: samples(|minute| minute.processing),
        rows,
    }
}

fn throughput(whole: &[Minute]) -> Chart {
    let added: ChartValue = |minute| minute.added.map(f64::from);
    let finished: ChartValue = |minute| minute.finished.map(f64::from);
    Blank::new(
        "throughput",
        "Throughput",
        "jobs a minute",
        whole,
        Unit::Jobs,
    )
    .lines(&[
        ("finished", "s-completed", LineShape::Ground, finished),
        ("added", "s-none dash", LineShape::Line, added),
    ])
}

fn failures(whole: &[Minute]) -> Chart {
    let failed: ChartValue = |minute| minute.failed.map(f64::from);
    Blank::new("failures", "Failures", "jobs a minute", whole, Unit::Jobs).lines(&[(
        "failed",
        "s-failed",
        LineShape::Bars,
        failed,
    )])
}

fn backlog(whole: &[Minute]) -> Chart {
    Blank::new("backlog", "Backlog", "jobs", whole, Unit::Jobs).lines(&[OUTSTANDING])
}

fn waiting(whole: &[Minute]) -> Chart {
    Blank::new(
        "waiting-time",
        "Waiting time",
        "of jobs taken",
        whole,
        Unit::Millis,
    )
    .lines(&[
        ("p50", "s-waiting", LineShape::Line, |minute| {
            Some(minute.waiting?.p50_ms.into())
        }),
        ("p95", "s-waiting dash", LineShape::Line, |minute| {
            Some(minute.waiting?.p95_ms.into())
        }),
        ("p99", "s-waiting dots", LineShape::Line, |minute| {
            Some(minute.waiting?.p99_ms.into())
        }),
    ])
}

fn processing(whole: &[Minute]) -> Chart {
    Blank::new(
        "processing-time",
        "Processing time",
        "of attempts ended",
        whole,
        Unit::Millis,
    )
    .lines(&[
        ("p50", "s-active", LineShape::Line, |minute| {
            Some(minute.processing?.p50_ms.into())
        }),
        ("p95", "s-active dash", LineShape::Line, |minute| {
            Some(minute.processing?.p95_ms.into())
        }),
        ("p99", "s-active dots", LineShape::Line, |minute| {
            Some(minute.processing?.p99_ms.into())
        }),
    ])
}

#[cfg(test)]
mod tests;
