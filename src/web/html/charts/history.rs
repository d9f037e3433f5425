//! The charts of a history: lines over points of one length, and around them what all charts of a page have alike: what was not
//! recorded, the marks, and the times below.
//!
//! The lines are in an SVG of their own that is stretched to the width; the rest is placed by percentages, so that numbers and
//! hatches keep their shape.

use super::plot::LineShape;
use super::scale::{Scale, Unit};
use super::svg_path;

/// What all charts of a page have alike.
pub(crate) struct ChartFrame {
    /// How many points there are.
    pub(crate) points: usize,
    /// When the first begins, in Unix milliseconds, and how long each lasts, in milliseconds.
    pub(crate) from_ms: u64,
    pub(crate) step_ms: u64,
    /// What was not recorded.
    pub(crate) gaps: Vec<Stretch>,
    /// What was recorded in part.
    pub(crate) parts: Vec<Stretch>,
    pub(crate) marks: Vec<MarkLine>,
    pub(crate) ticks: Vec<Tick>,
}

/// A part of the width: where it begins and how wide it is, in percent.
pub(crate) struct Stretch {
    pub(crate) x: String,
    pub(crate) width: String,
    /// Where its middle is; empty if it is too narrow for words.
    pub(crate) middle: String,
}

/// A mark's line, and the numbers beside it.
pub(crate) struct MarkLine {
    /// Where it is, in percent.
    pub(crate) x: String,
    /// `3`, `4–6`; empty for all but the first of marks that are close to each other.
    pub(crate) numbers: String,
    /// On which side of the line the numbers are: `start` or `end`.
    pub(crate) anchor: &'static str,
}

/// A time below the charts.
pub(crate) struct Tick {
    /// Where it is, in percent.
    pub(crate) x: String,
    pub(crate) word: String,
}

/// One chart.
pub(crate) struct HistoryChart {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    /// What is counted.
    pub(crate) unit: String,
    /// The value at the top of its axis.
    pub(crate) max: String,
    pub(crate) lines: Vec<HistoryLine>,
}

/// A line of a chart.
pub(crate) struct HistoryLine {
    pub(crate) word: &'static str,
    /// The classes of its colour and stroke.
    pub(crate) class: &'static str,
    /// The column of the table with its values.
    pub(crate) column: usize,
    /// Its latest value, in words.
    pub(crate) value: String,
    /// The SVG path of what was recorded, the area below, and lighter what is known from elsewhere. Empty for nothing.
    pub(crate) path: String,
    pub(crate) ground: String,
    pub(crate) before: String,
}

/// A line to draw.
pub(crate) struct LineToDraw {
    pub(crate) word: &'static str,
    pub(crate) class: &'static str,
    pub(crate) column: usize,
    pub(crate) shape: LineShape,
    pub(crate) value: String,
    /// Its values, `None` for gaps: what was recorded, and what is known from elsewhere.
    pub(crate) recorded: Vec<Option<f64>>,
    pub(crate) before: Vec<Option<f64>>,
}

/// Draws lines on a common scale, the first at the bottom.
pub(crate) fn history_lines(measure: Unit, lines: Vec<LineToDraw>) -> (String, Vec<HistoryLine>) {
    let all = lines
        .iter()
        .flat_map(|line| line.recorded.iter().chain(&line.before));
    let scale = Scale::of(all.flatten().copied().fold(0.0, f64::max), measure);
    let heights = |values: &[Option<f64>]| -> Vec<Option<f64>> {
        let parts = values
            .iter()
            .map(|value| value.map(|value| scale.part(value)));
        parts.collect()
    };
    let drawn = lines.into_iter().map(|line| {
        let recorded = heights(&line.recorded);
        HistoryLine {
            word: line.word,
            class: line.class,
            column: line.column,
            value: line.value,
            path: svg_path::line(&recorded),
            ground: match line.shape {
                LineShape::Ground => svg_path::ground(&recorded, svg_path::HEIGHT),
                LineShape::Line | LineShape::Bars => String::new(),
            },
            before: svg_path::line(&heights(&line.before)),
        }
    });
    let drawn = drawn.collect();
    (scale.label(), drawn)
}

/// A place on the width of `of` points, in percent; points are in the middle of their parts.
pub(crate) fn percent(place: f64, of: usize) -> String {
    format!("{:.2}%", place / of.max(1) as f64 * 100.0)
}
