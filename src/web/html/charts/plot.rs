//! One chart: several lines on a common scale.

use time::OffsetDateTime;
use time::macros::format_description;

use super::scale::{Scale, Unit};
use super::svg_path;
use crate::domain::stats::series::{Minute, SampleSource};
use crate::web::html::format::{duration, thousands};

/// A chart.
pub(crate) struct Chart {
    /// Its element's id, for morphs of the page and for links.
    pub(crate) id: String,
    pub(crate) title: String,
    /// What is counted.
    pub(crate) unit: &'static str,
    /// The value at the top of its axis.
    pub(crate) max: String,
    /// The latest whole minute: `12:41`.
    pub(crate) at: String,
    pub(crate) lines: Vec<Line>,
}

/// One line of a chart, with its entry in the legend.
pub(crate) struct Line {
    pub(crate) word: &'static str,
    /// Its value in the latest whole minute, in words.
    pub(crate) value: String,
    /// The classes of its colour and stroke.
    pub(crate) class: &'static str,
    /// The SVG path: what was seen, the area below, and in a lighter colour what BullMQ's metrics fill. Empty for nothing.
    pub(crate) path: String,
    pub(crate) ground: String,
    pub(crate) before: String,
}

/// How a line is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineShape {
    Line,
    /// A line with the area below it filled.
    Ground,
    Bars,
}

/// A line to draw: its word, class, shape, and value.
type LineOf = (&'static str, &'static str, LineShape, ChartValue);

/// How many jobs were outstanding.
pub(crate) const OUTSTANDING: LineOf = ("outstanding", "s-waiting", LineShape::Ground, |minute| {
    minute.outstanding.map(f64::from)
});

/// A chart without lines.
pub(crate) struct Blank<'a> {
    pub(crate) chart: Chart,
    pub(crate) whole: &'a [Minute],
    pub(crate) measure: Unit,
}

impl<'a> Blank<'a> {
    pub(crate) fn new(
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

    /// Draws the lines on a common scale, the first at the bottom.
    pub(crate) fn lines(self, lines: &[LineOf]) -> Chart {
        let all = lines.iter().map(|(.., value)| value);
        let known = all.flat_map(|value| self.whole.iter().filter_map(value));
        let scale = Scale::of(known.fold(0.0, f64::max), self.measure);
        self.lines_on(scale, lines)
    }

    pub(crate) fn lines_on(mut self, scale: Scale, lines: &[LineOf]) -> Chart {
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
                (None, _) => "–".to_owned(),
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

/// When a minute begins: `12:41` (UTC).
pub(crate) fn clock(minute: &Minute) -> String {
    time_of_day(minute.start_ms)
}

/// A moment in Unix milliseconds as `12:41` (UTC).
pub(crate) fn time_of_day(millis: u64) -> String {
    let seconds = i64::try_from(millis / 1_000).unwrap_or_default();
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    // Every time has an hour and a minute.
    at.format(format_description!("[hour]:[minute]"))
        .unwrap_or_default()
}

/// The value of a line in a minute; `None` if there is none.
pub(crate) type ChartValue = fn(&Minute) -> Option<f64>;
