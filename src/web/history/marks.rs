//! The marks of a page: their lines on the charts, and their words in a list.

use super::asked::Asked;
use crate::domain::history::mark::{Mark, MarkKind, MarkTarget};
use crate::domain::history::shown::ShownPoint;
use crate::domain::queue::queue_set::QueueSet;
use crate::web::app::App;
use crate::web::html::charts::{MarkLine, percent};
use crate::web::html::format::When;

/// How many marks a page shows, the latest ones.
const MOST_MARKS: usize = 100;

/// Marks closer to each other than this part of the width share their numbers.
const CLOSE: f64 = 0.03;

/// How long before and after a mark the range is that its link shows, in milliseconds.
const AROUND_MS: u64 = 30 * 60_000;

/// A mark in the list.
pub(super) struct MarkRow {
    /// Its number on the charts.
    pub(super) number: usize,
    /// The number of the point that it falls into.
    pub(super) point: usize,
    pub(super) at: When,
    /// The address of the history around it.
    pub(super) around: String,
    pub(super) kind: &'static str,
    pub(super) words: String,
    /// What it is about, with the address of its page; without one for a pattern.
    pub(super) target: (String, String),
    /// Who did it; empty for nobody in particular.
    pub(super) by: String,
}

/// The marks as rows, the oldest first, and how many earlier ones are left out.
pub(super) fn rows(
    app: &App,
    set: &QueueSet,
    marks: &[Mark],
    points: &[ShownPoint],
    now: u64,
) -> (Vec<MarkRow>, usize) {
    let left_out = marks.len().saturating_sub(MOST_MARKS);
    let shown = (1..).zip(&marks[left_out..]);
    let rows = shown.map(|(number, mark)| MarkRow {
        number,
        point: point_of(points, mark.at_ms),
        at: When::of(mark.at_ms),
        around: {
            let from = mark.at_ms.saturating_sub(AROUND_MS);
            Asked::Between(from, mark.at_ms.saturating_add(AROUND_MS).min(now)).href(app, set, "")
        },
        kind: kind_words(mark.kind),
        words: mark.words.clone(),
        target: match &mark.target {
            MarkTarget::Queue(queue) => (app.links().name(queue), app.links().queue(queue, &[])),
            MarkTarget::Pattern(pattern) => (pattern.clone(), String::new()),
        },
        by: mark.by.clone(),
    });
    (rows.collect(), left_out)
}

/// The number of the point that a moment falls into.
pub(super) fn point_of(points: &[ShownPoint], at_ms: u64) -> usize {
    let begun = points.partition_point(|shown| shown.point.start_ms <= at_ms);
    begun.saturating_sub(1)
}

/// The lines of the marks on a chart with so many points.
pub(super) fn lines(rows: &[MarkRow], points: usize) -> Vec<MarkLine> {
    let place = |row: &MarkRow| row.point as f64 + 0.5;
    let mut lines: Vec<MarkLine> = Vec::new();
    // Where the first of the marks is that share their numbers, which number that is, and which line.
    let mut group: Option<(f64, usize, usize)> = None;
    for row in rows {
        let at = place(row);
        let is_right = at > points as f64 * 0.9;
        let mut line = MarkLine {
            x: percent(at, points),
            numbers: String::new(),
            anchor: if is_right { "end" } else { "start" },
        };
        match group {
            Some((begin, first, of_line)) if (at - begin) < CLOSE * points as f64 => {
                lines[of_line].numbers = format!("{first}–{}", row.number);
            }
            _ => {
                line.numbers = row.number.to_string();
                group = Some((at, row.number, lines.len()));
            }
        }
        lines.push(line);
    }
    lines
}

fn kind_words(kind: MarkKind) -> &'static str {
    match kind {
        MarkKind::FirstSeen => "first seen",
        MarkKind::FirstWorker => "first worker",
        MarkKind::Drained => "drained",
        MarkKind::Retired => "retired",
        MarkKind::Pinned => "pinned",
        MarkKind::Moved => "moved",
        MarkKind::Custom => "note",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(number: usize, point: usize) -> MarkRow {
        MarkRow {
            number,
            point,
            at: When::of(0),
            around: String::new(),
            kind: "note",
            words: String::new(),
            target: Default::default(),
            by: String::new(),
        }
    }

    #[test]
    fn marks_close_to_each_other_share_their_numbers_and_keep_their_lines() {
        let rows = [at(1, 4), at(2, 40), at(3, 41), at(4, 42), at(5, 99)];
        let lines = lines(&rows, 100);
        let numbers: Vec<&str> = lines.iter().map(|line| line.numbers.as_str()).collect();
        assert_eq!(numbers, ["1", "2–4", "", "", "5"]);
        let places: Vec<&str> = lines.iter().map(|line| line.x.as_str()).collect();
        assert_eq!(places, ["4.50%", "40.50%", "41.50%", "42.50%", "99.50%"]);
        assert_eq!((lines[0].anchor, lines[4].anchor), ("start", "end"));
    }
}
