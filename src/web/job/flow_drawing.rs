//! Draws a flow from left to right: a column for each level, a row for each job without children.

use std::fmt::Write;

use crate::domain::job::flow::Relative;
use crate::domain::job::flow_tree::FlowJob;

/// A flow with more rows than this is only listed.
const MOST_ROWS: usize = 60;

/// Sizes in CSS pixels: a row, a box, a column with the gap behind it.
const ROW: usize = 32;
const BOX_HEIGHT: usize = 24;
const BOX_WIDTH: usize = 176;
const COLUMN: usize = 216;

/// How many characters fit into a box.
const FITTING: usize = 25;

/// A drawing of a flow. What it shows is also in the list beside it.
#[derive(Debug, Default)]
pub(crate) struct Drawing {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) boxes: Vec<BoxView>,
    /// The lines from parents to children, as a path.
    pub(crate) lines: String,
}

/// The box of a job.
#[derive(Debug)]
pub(crate) struct BoxView {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) class: &'static str,
    pub(crate) text: String,
    pub(crate) current: bool,
}

impl Drawing {
    /// The drawing of a flow; `None` if there is nothing to connect, or too much.
    pub(crate) fn of(top: &FlowJob, here: &Relative) -> Option<Self> {
        if top.children.is_empty() || rows(top) > MOST_ROWS {
            return None;
        }
        let mut drawing = Self {
            width: top.levels() * COLUMN - (COLUMN - BOX_WIDTH),
            height: rows(top) * ROW,
            ..Self::default()
        };
        let mut row = 0;
        drawing.add(top, here, 0, &mut row);
        Some(drawing)
    }

    /// Adds a job and those below it; returns the height at which its box's middle is.
    fn add(&mut self, job: &FlowJob, here: &Relative, level: usize, row: &mut usize) -> usize {
        let x = level * COLUMN;
        let below: Vec<usize> = job
            .children
            .iter()
            .map(|child| self.add(child, here, level + 1, row))
            .collect();
        let middle = match (below.first(), below.last()) {
            (Some(first), Some(last)) => usize::midpoint(*first, *last),
            _ => {
                *row += 1;
                *row * ROW - ROW / 2
            }
        };
        let from = x + BOX_WIDTH;
        let (to, bend) = (x + COLUMN, x + usize::midpoint(BOX_WIDTH, COLUMN));
        for child in below {
            // Writing into a text can't fail.
            let _ = write!(self.lines, "M{from} {middle}H{bend}V{child}H{to}");
        }
        self.boxes.push(BoxView {
            x,
            y: middle - BOX_HEIGHT / 2,
            class: job.looks_like().name(),
            text: shortened(&format!("{} {}", job.name, job.relative.id)),
            current: job.relative == *here,
        });
        middle
    }
}

/// How many rows a flow takes.
fn rows(job: &FlowJob) -> usize {
    job.children.iter().map(rows).sum::<usize>().max(1)
}

fn shortened(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(FITTING) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
