//! Two texts side by side, as rows that are ready to draw.
//!
//! Made for pretty-printed JSON; works on any text. It takes about a second at most, however large the texts are: past a
//! deadline the comparison gets coarser, and the lines and columns that are compared and drawn are bounded.

mod compared;
mod line;

use similar::DiffOp;
use std::time::{Duration, Instant};

use compared::Compared;
pub(crate) use line::Side;

/// The time to compare lines. After it, the remaining lines count as changed.
const LINES_TIME: Duration = Duration::from_millis(500);

/// The time to compare words within lines. After it, changed lines are emphasised as a whole.
const WORDS_TIME: Duration = Duration::from_millis(250);

/// The most rows that are drawn.
const MOST_ROWS: usize = 2_000;

/// The differences between two texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diff {
    /// The rows from top to bottom, at most 2,000.
    pub rows: Vec<DiffRow>,
    /// How many lines of the right text are new or changed, drawn or not.
    pub added: usize,
    /// How many lines of the left text are gone or changed, drawn or not.
    pub removed: usize,
    /// Whether there are more differences than rows.
    pub truncated: bool,
}

/// One row of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffRow {
    /// Equal lines that are not drawn.
    Fold {
        /// How many lines are hidden.
        hidden: usize,
        /// The first line's number on the left, from 1.
        left: usize,
        /// The first line's number on the right, from 1.
        right: usize,
    },
    /// A line on one side or on both.
    Line {
        /// How the line differs.
        kind: RowKind,
        /// The line before; `None` if it was added.
        left: Option<Side>,
        /// The line after; `None` if it was removed.
        right: Option<Side>,
    },
}

/// How a line differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// It does not.
    Same,
    /// Some of its words differ.
    Changed,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

impl Diff {
    /// Whether both texts have the same lines.
    pub fn is_empty(&self) -> bool {
        self.added == 0 && self.removed == 0
    }
}

/// Compares two texts line by line, and draws `context` unchanged lines around every change. Line endings (`\n` or `\r\n`,
/// and whether the last line has one) are no difference.
pub(crate) fn side_by_side(before: &str, after: &str, context: usize) -> Diff {
    let lines = Compared::of(before, after);
    let operations = lines.operations(Instant::now() + LINES_TIME);
    let mut drawing = Drawing {
        words_until: Instant::now() + WORDS_TIME,
        lines: &lines,
        diff: Diff::default(),
    };
    for operation in operations {
        drawing.draw(operation, context);
    }
    let (left, right) = lines.not_compared();
    drawing.diff.removed += left;
    drawing.diff.added += right;
    drawing.diff.truncated |= left + right > 0;
    drawing.diff
}

struct Drawing<'t> {
    lines: &'t Compared<'t>,
    words_until: Instant,
    diff: Diff,
}

impl Drawing<'_> {
    fn draw(&mut self, operation: DiffOp, context: usize) {
        let (left, right) = (operation.old_range(), operation.new_range());
        if let DiffOp::Equal { len, .. } = operation {
            return self.same(left.start, right.start, len, context);
        }
        self.diff.removed += left.len();
        self.diff.added += right.len();
        let both = left.len().min(right.len());
        for offset in 0..left.len().max(right.len()) {
            if self.is_full() {
                self.diff.truncated = true;
                return;
            }
            let row = if offset < both {
                self.changed(left.start + offset, right.start + offset)
            } else if offset < left.len() {
                self.removed(left.start + offset)
            } else {
                self.added(right.start + offset)
            };
            self.diff.rows.push(row);
        }
    }

    /// Draws the unchanged lines next to a change and folds the others.
    fn same(&mut self, left: usize, right: usize, count: usize, context: usize) {
        let at_start = left == 0 && right == 0;
        let at_end = (left + count, right + count) == self.lines.counts();
        let above = if at_start { 0 } else { context.min(count) };
        let below = if at_end {
            0
        } else {
            context.min(count - above)
        };
        let hidden = count - above - below;
        let shown =
            |from: usize, to: usize| (from..to).map(|offset| (left + offset, right + offset));
        // A fold takes a row itself, so it must hide more than one line.
        if hidden <= 1 {
            return shown(0, count).for_each(|(left, right)| self.push_same(left, right));
        }
        shown(0, above).for_each(|(left, right)| self.push_same(left, right));
        if !self.is_full() {
            let (left, right) = (left + above + 1, right + above + 1);
            self.diff.rows.push(DiffRow::Fold {
                hidden,
                left,
                right,
            });
        }
        shown(count - below, count).for_each(|(left, right)| self.push_same(left, right));
    }

    fn push_same(&mut self, left: usize, right: usize) {
        if !self.is_full() {
            let side = |number, text| Some(Side::plain(number, text, false));
            self.diff.rows.push(DiffRow::Line {
                kind: RowKind::Same,
                left: side(left + 1, self.lines.left(left)),
                right: side(right + 1, self.lines.right(right)),
            });
        }
    }

    fn changed(&self, left: usize, right: usize) -> DiffRow {
        let texts = (self.lines.left(left), self.lines.right(right));
        let (left, right) = line::pair((left + 1, texts.0), (right + 1, texts.1), self.words_until);
        DiffRow::Line {
            kind: RowKind::Changed,
            left: Some(left),
            right: Some(right),
        }
    }

    fn removed(&self, left: usize) -> DiffRow {
        DiffRow::Line {
            kind: RowKind::Removed,
            left: Some(Side::plain(left + 1, self.lines.left(left), true)),
            right: None,
        }
    }

    fn added(&self, right: usize) -> DiffRow {
        DiffRow::Line {
            kind: RowKind::Added,
            left: None,
            right: Some(Side::plain(right + 1, self.lines.right(right), true)),
        }
    }

    fn is_full(&self) -> bool {
        self.diff.rows.len() >= MOST_ROWS
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
