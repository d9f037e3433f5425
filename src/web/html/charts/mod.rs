//! A queue's last hour as pictures: five small charts with a table behind them, a family's backlogs, and the overview's
//! sparkline.
//!
//! All are drawn here, as SVG paths without style or script; app.css gives colour. Only whole minutes are shown: the
//! running one would always seem to drop, and a picture that changes once a minute can be shared by everybody who looks.

mod backlogs;
mod scale;
mod sparkline;
mod svg_path;
mod table;

use askama::Template;
use time::OffsetDateTime;
use time::macros::format_description;

use super::format::{When, duration, thousands};
use crate::domain::stats::series::{MINUTES, Minute, SampleSource, Spread};
pub(crate) use backlogs::{Backlogs, backlogs};
use scale::{Scale, Unit};
pub(crate) use sparkline::{Sparkline, sparkline};
use table::ChartRow;

/// The five charts of a queue's page, and what stands behind them.
#[derive(Template)]
#[template(path = "layout/_charts.html")]
pub(crate) struct Charts {
    charts: [Chart; 5],
    /// Since when Bullkeeper has watched.
    since: When,
    /// `12:04`: the last minute that BullMQ's metrics fill; empty for none.
    metrics_until: String,
    /// In how many minutes events may be missing.
    holes: usize,
    /// How many waits and attempts the times rest on.
    waits: String,
    attempts: String,
    /// The minutes of which anything is known, newest first.
    rows: Vec<ChartRow>,
}

impl askama::filters::HtmlSafe for Charts {}

/// One chart.
struct Chart {
    /// Names it for the page's morph, and for links.
    id: String,
    title: String,
    /// What is counted.
    unit: &'static str,
    /// What the upper line of its axis stands for.
    max: String,
    /// The latest whole minute, `12:41`.
    at: String,
    lines: Vec<Line>,
}

/// One line of a chart, with its place in the legend.
struct Line {
    word: &'static str,
    /// What it was in the latest whole minute, in words.
    value: String,
    /// Its colour and stroke, as classes.
    class: &'static str,
    /// What is drawn: as seen, the ground below it, and what BullMQ's metrics fill, lighter. Empty for nothing.
    path: String,
    ground: String,
    before: String,
}

/// How the values of a chart are drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LineShape {
    Line,
    /// A line with the ground below it filled.
    Ground,
    Bars,
}

/// What a line shows of each minute; `None` where there is nothing to show.
type ChartValue = fn(&Minute) -> Option<f64>;

/// A line to be drawn: its word, its class, its shape, what it shows.
type LineOf = (&'static str, &'static str, LineShape, ChartValue);

/// The charts of one queue: its `minutes` as its series tells them, watched since `since_ms` (Unix milliseconds).
pub(crate) fn charts(minutes: &[Minute; MINUTES], since_ms: u64) -> Charts {
    let whole = &minutes[..MINUTES - 1];
    let from_metrics = |minute: &&Minute| minute.source == SampleSource::Metrics;
    let samples = |spread: fn(&Minute) -> Option<Spread>| {
        let counted = whole.iter().filter_map(spread);
        thousands(counted.map(|spread| u64::from(spread.samples)).sum())
    };
    Charts {
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
        rows: table::rows(whole),
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

/// How many jobs were left.
const OUTSTANDING: LineOf = ("outstanding", "s-waiting", LineShape::Ground, |minute| {
    minute.outstanding.map(f64::from)
});

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

/// A chart that has no lines yet.
struct Blank<'a> {
    chart: Chart,
    whole: &'a [Minute],
    measure: Unit,
}

impl<'a> Blank<'a> {
    fn new(
        id: impl Into<String>,
        title: impl Into<String>,
        unit: &'static str,
        whole: &'a [Minute],
        measure: Unit,
    ) -> Self {
        let chart = Chart {
            id: id.into(),
            title: title.into(),
            unit,
            max: String::new(),
            at: whole.last().map(clock).unwrap_or_default(),
            lines: Vec::new(),
        };
        Self {
            chart,
            whole,
            measure,
        }
    }

    /// Draws the lines on one scale, the first at the bottom.
    fn lines(self, lines: &[LineOf]) -> Chart {
        let all = lines.iter().map(|(.., value)| value);
        let known = all.flat_map(|value| self.whole.iter().filter_map(value));
        let scale = Scale::of(known.fold(0.0, f64::max), self.measure);
        self.lines_on(scale, lines)
    }

    fn lines_on(mut self, scale: Scale, lines: &[LineOf]) -> Chart {
        self.chart.max = scale.label();
        self.chart.lines = lines
            .iter()
            .map(|(word, class, shape, value)| self.line(word, class, *shape, *value, scale))
            .collect();
        self.chart
    }

    fn line(
        &self,
        word: &'static str,
        class: &'static str,
        shape: LineShape,
        value: ChartValue,
        scale: Scale,
    ) -> Line {
        let heights = |source: SampleSource| -> Vec<Option<f64>> {
            let from = |minute: &Minute| (minute.source == source).then(|| value(minute)).flatten();
            let heights = self.whole.iter().map(from);
            heights
                .map(|value| value.map(|value| scale.part(value)))
                .collect()
        };
        let (seen, before) = (heights(SampleSource::Seen), heights(SampleSource::Metrics));
        let draw = match shape {
            LineShape::Bars => svg_path::bars,
            LineShape::Line | LineShape::Ground => svg_path::line,
        };
        let latest = self.whole.last();
        Line {
            word,
            value: match (latest.and_then(value), self.measure) {
                (Some(jobs), Unit::Jobs) => thousands(jobs as u64),
                (Some(millis), Unit::Millis) => duration(millis.round() as u64),
                (None, Unit::Millis)
                    if latest.is_some_and(|minute| minute.source == SampleSource::Seen) =>
                {
                    "none".to_owned()
                }
                (None, _) => "unknown".to_owned(),
            },
            class,
            ground: match shape {
                LineShape::Ground => svg_path::ground(&seen, svg_path::HEIGHT),
                LineShape::Line | LineShape::Bars => String::new(),
            },
            path: draw(&seen),
            before: draw(&before),
        }
    }
}

/// When a minute begins, as `12:41` (UTC).
fn clock(minute: &Minute) -> String {
    let seconds = i64::try_from(minute.start_ms / 1_000).unwrap_or_default();
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    // Every moment has an hour and a minute.
    at.format(format_description!("[hour]:[minute]"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
